#ifndef ROPEWAY_CONTROL_H
#define ROPEWAY_CONTROL_H

#include "base.h"

#endif
