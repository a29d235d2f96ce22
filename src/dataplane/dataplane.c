#include "dataplane.h"
