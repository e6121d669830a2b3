//! Mistakes in a dashboard that the checks must find, each with what they say of it.
