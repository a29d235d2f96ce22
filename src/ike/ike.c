#include "ike.h"
