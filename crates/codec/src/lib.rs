//! The schema model and the one walker over it: decode, encode, default, compare, merge. No I/O.
