#ifndef ROPEWAY_CLI_H
#define ROPEWAY_CLI_H

#include "base.h"

#endif
