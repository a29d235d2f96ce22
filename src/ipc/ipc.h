#ifndef ROPEWAY_IPC_H
#define ROPEWAY_IPC_H

#include "base.h"

#endif
