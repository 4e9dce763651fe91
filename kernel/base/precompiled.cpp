// Holds the precompiled header that every room of the kernel reuses.
