/* Why a route is taken or not, and the way of an address through the tables. */
