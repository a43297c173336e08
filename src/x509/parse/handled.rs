//! What becomes of an extension.

/// Whether Go acts upon all that an extension says.
#[derive(PartialEq, Eq, Clone, Copy)]
pub(super) enum Handled {
    Yes,
    /// If the extension is critical, the certificate verifies nothing.
    No,
}
