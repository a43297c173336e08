//! What a command prints, with nothing in it that a terminal or a CI runner would obey.

use std::io::{self, Write};

use crate::text::printable;

/// Passes whole lines on, each made inert.
pub(super) struct Guarded<'w> {
    inner: &'w mut dyn Write,
    line: Vec<u8>,
    /// Our own colours are among the text.
    coloured: bool,
}

impl<'w> Guarded<'w> {
    /// For text in which values are printable already, with colours between them.
    pub(super) fn coloured(inner: &'w mut dyn Write) -> Self {
        Self { inner, line: Vec::new(), coloured: true }
    }

    /// For messages, which quote anything and have no colours.
    pub(super) fn plain(inner: &'w mut dyn Write) -> Self {
        Self { inner, line: Vec::new(), coloured: false }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let line = if self.coloured { line } else { printable::block(&line).into_owned().into() };
        self.inner.write_all(printable::inert(&line).as_bytes())
    }
}

impl Write for Guarded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.pass_on()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.line.is_empty() {
            self.pass_on()?;
        }
        self.inner.flush()
    }
}

impl Drop for Guarded<'_> {
    fn drop(&mut self) {
        // Who wants to know of a failure flushes first.
        let _ = self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_come_in_pieces_are_seen_whole() {
        let mut out = Vec::new();
        let mut guarded = Guarded::plain(&mut out);
        for piece in [":", ":error::\x1b[2J", "\n a", " ##", "[x]\nrest"] {
            guarded.write_all(piece.as_bytes()).unwrap();
        }
        drop(guarded);
        assert_eq!(String::from_utf8(out).unwrap(), "\u{2236}:error::\u{241b}[2J\n a #\u{266f}[x]\nrest");
    }

    #[test]
    fn colours_stay_where_they_are_ours() {
        let mut out = Vec::new();
        Guarded::coloured(&mut out).write_all(b"\x1b[1mx\x1b[0m\n").unwrap();
        assert_eq!(out, b"\x1b[1mx\x1b[0m\n");
    }
}
