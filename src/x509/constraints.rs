//! Name constraints (RFC 5280, section 4.2.1.10), as Go checks them.
