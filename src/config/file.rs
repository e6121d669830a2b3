//! The YAML file: exactly what a user may write, before anything is checked against anything else.
