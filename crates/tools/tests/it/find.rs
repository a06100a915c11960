//! Looking through a tree again and again: an index that stays, fuzzy queries answered from it.
