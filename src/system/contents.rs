//! What a file holds, whatever its size is said to be.

use std::io::{ErrorKind, Read, Result};

/// All of a stream; of one that is longer than `limit` bytes, one byte more than that. A file that has the `length` that it was
/// seen with, and no more when there was room for it, is not asked once more whether it ends there.
///
/// # Errors
/// When it cannot be read.
pub fn read_bounded(mut stream: impl Read, length: u64, limit: u64) -> Result<Vec<u8>> {
    let expected = usize::try_from(length.min(limit)).unwrap_or(0);
    let mut bytes = vec![0; expected + 1];
    let read = loop {
        match stream.read(&mut bytes) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => break read?,
        }
    };
    bytes.truncate(read);
    // A file can grow while it is read, and those of /proc have no size.
    if read > 0 && (read != expected || length > limit) {
        stream.take(limit.saturating_add(1).saturating_sub(read as u64)).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives so many bytes at most with each read, and counts the reads.
    struct Slow<'a>(&'a [u8], usize, usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            self.2 += 1;
            if self.2 == 1 {
                return Err(ErrorKind::Interrupted.into());
            }
            let most = buffer.len().min(self.1);
            self.0.read(buffer.get_mut(..most).unwrap())
        }
    }

    #[test]
    fn all_is_read_whatever_the_length_is_said_to_be() {
        let text = b"0123456789";
        for most in [1, 3, 10, 100] {
            for length in [0, 1, 3, 9, 10, 11, 100, u64::MAX] {
                // A short read of what has another length says nothing about the end.
                let is_whole = |read: &[u8]| read == text || (most as u64 == length && read.len() == most);
                let read = read_bounded(Slow(text, most, 0), length, 20).unwrap();
                assert!(is_whole(&read), "{most} {length}: {read:?}");
            }
        }
        for limit in [0, 4, 9] {
            let read = read_bounded(&text[..], 10, limit).unwrap();
            assert_eq!(read, text[..=usize::try_from(limit).unwrap()]);
        }
        assert_eq!(read_bounded(Slow(text, 4, 0), 10, 4).unwrap(), b"01234");
        let mut file = Slow(text, 100, 0);
        assert_eq!(read_bounded(&mut file, 10, 20).unwrap(), text);
        assert_eq!(file.2, 2, "the end was asked for");
    }
}
