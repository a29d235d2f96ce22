#include "fib.h"
