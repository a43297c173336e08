//! What is compressed, or an archive: nobody can tell what it holds before it is unpacked.

/// The beginnings of zip, gzip, xz, zstd and bzip2.
const COMPRESSED: [&[u8]; 5] = [b"PK\x03\x04", b"\x1f\x8b", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"BZh"];

/// How a member of a tar archive is marked, and where (POSIX, `ustar`). Of texts its headers are text but for NUL.
const TAR: (usize, &[u8]) = (257, b"ustar");

/// Whether a file that begins like this is.
pub(super) fn is_packed(bytes: &[u8]) -> bool {
    let (at, mark) = TAR;
    COMPRESSED.iter().any(|beginning| bytes.starts_with(beginning))
        || bytes.get(at..).is_some_and(|header| header.starts_with(mark))
}
