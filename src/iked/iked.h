#ifndef ROPEWAY_IKED_H
#define ROPEWAY_IKED_H

#include "base.h"

#endif
