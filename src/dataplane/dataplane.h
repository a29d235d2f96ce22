#ifndef ROPEWAY_DATAPLANE_H
#define ROPEWAY_DATAPLANE_H

#include "base.h"

#endif
