#ifndef ROPEWAY_PLAN_H
#define ROPEWAY_PLAN_H

#include "base.h"

#endif
