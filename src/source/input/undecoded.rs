//! Whether a file that cannot be read as text speaks of our flags.

use std::io::Read;
use std::path::Path;

use super::packed::is_packed;
use super::read::open_regular;
use crate::source::mention;

/// As far as a file is looked through: a log or a dump, but no disk image.
const LOOKED_THROUGH: u64 = 64 << 20;
const CHUNK: usize = 1 << 20;
/// More than the longest flag in UTF-16 with separators.
const OVERLAP: usize = 256;

/// The beginnings of programs, archives and pictures, which are no set-up whatever they hold: a kube-apiserver's own
/// binary names every flag.
const OTHER_FILES: [&[u8]; 7] =
    [b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\x00asm", b"!<arch>", b"\x89PNG"];

/// Whether a file is compressed or an archive, also where it is too large to be read.
pub fn is_packed_file(path: &Path) -> bool {
    const BEGINNING: u64 = 512;
    let mut beginning = Vec::new();
    let read = open_regular(path).map(|file| file.take(BEGINNING).read_to_end(&mut beginning));
    matches!(read, Ok(Ok(_))) && is_packed(&beginning)
}

/// Whether our flags are named in it, in any encoding.
pub fn mentions_flags(path: &Path) -> bool {
    let Ok(file) = open_regular(path) else { return false };
    let mut file = file.take(LOOKED_THROUGH);
    let mut bytes: Vec<u8> = Vec::with_capacity(CHUNK + OVERLAP);
    loop {
        let kept = bytes.len().saturating_sub(OVERLAP);
        bytes.drain(..kept);
        let first = bytes.is_empty();
        match file.by_ref().take(CHUNK as u64).read_to_end(&mut bytes) {
            Ok(read) if read > 0 => {}
            _ => return false,
        }
        if first && (OTHER_FILES.iter().any(|beginning| bytes.starts_with(beginning)) || is_packed(&bytes)) {
            return false;
        }
        if mention(&bytes).is_some() {
            return true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_found_wherever_it_stands_and_whatever_is_around_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        let flag = b"--requestheader-client-ca-file";
        for (before, expected) in [
            (vec![0_u8, 0xff], true),
            (vec![b'x'; CHUNK - 10], true),
            (vec![b'x'; 3 * CHUNK], true),
            (b"\x7fELF\0".to_vec(), false),
        ] {
            std::fs::write(&path, [&before[..], flag].concat()).unwrap();
            assert_eq!(mentions_flags(&path), expected, "{} bytes before", before.len());
        }
        std::fs::write(&path, b"\x1f\x8b\x08\0--requestheader-client-ca-file").unwrap();
        assert!(is_packed_file(&path) && !mentions_flags(&path));
        std::fs::write(&path, [0; 4096]).unwrap();
        assert!(!mentions_flags(&path));
        assert!(!mentions_flags(directory.path()));
    }
}
