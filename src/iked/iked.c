#include "iked.h"
