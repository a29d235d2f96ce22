#ifndef ROPEWAY_IKE_H
#define ROPEWAY_IKE_H

#include "base.h"

#endif
