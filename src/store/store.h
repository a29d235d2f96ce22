#ifndef ROPEWAY_STORE_H
#define ROPEWAY_STORE_H

#include "base.h"

#endif
