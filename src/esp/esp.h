#ifndef ROPEWAY_ESP_H
#define ROPEWAY_ESP_H

#include "base.h"

#endif
