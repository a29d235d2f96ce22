#ifndef ROPEWAY_CRYPTO_H
#define ROPEWAY_CRYPTO_H

#include "base.h"

#endif
