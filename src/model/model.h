#ifndef ROPEWAY_MODEL_H
#define ROPEWAY_MODEL_H

#include "base.h"

#endif
