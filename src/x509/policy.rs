//! Certificate policies (RFC 5280, section 6.1), as Go checks them.
