#ifndef ROPEWAY_FIB_H
#define ROPEWAY_FIB_H

#include "base.h"

#endif
