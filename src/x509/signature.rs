//! Signature verification with the algorithms that Go accepts.
