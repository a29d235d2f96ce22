#ifndef ROPEWAY_ROUTING_H
#define ROPEWAY_ROUTING_H

#include "base.h"

#endif
