/* Requests, before and beside what they ask for. */
