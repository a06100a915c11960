//! Rules of what is allowed, refused, or asked.
