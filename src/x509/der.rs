//! A strict DER reader, as Go's `cryptobyte`.
