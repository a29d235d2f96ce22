#ifndef ROPEWAY_NODE_H
#define ROPEWAY_NODE_H

#include "base.h"

#endif
