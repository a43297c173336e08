//! What a command prints, with nothing in it that a terminal or a CI runner would obey.

use std::io::{self, Write};

use crate::text::printable;

/// What a colour begins with (ECMA-48, section 8.3.117); digits, semicolons and `m` follow.
const COLOUR: &str = "\x1b[";

/// Passes whole lines on, each made inert.
pub(super) struct Guarded<'w> {
    inner: &'w mut dyn Write,
    line: Vec<u8>,
    /// Our own colours may be among the text.
    coloured: bool,
}

impl<'w> Guarded<'w> {
    /// For text with colours in it. Nothing else that a terminal obeys gets through, whoever has forgotten to make a value
    /// printable.
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
        let line = if self.coloured { with_colours(&line) } else { printable::block(&line).into_owned() };
        self.inner.write_all(printable::inert(&line).as_bytes())
    }
}

/// Tabs stay as well: YAML and shell scripts of `export` and `extension` may hold them.
fn with_colours(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once(COLOUR) {
        shown.push_str(&printable::source(before));
        let length = behind.find(|character: char| !character.is_ascii_digit() && character != ';');
        let (parameters, text) = behind.split_at(length.unwrap_or(behind.len()));
        if let Some(text) = text.strip_prefix('m') {
            shown.extend([COLOUR, parameters, "m"]);
            rest = text;
        } else {
            shown.push_str(&printable::source(COLOUR));
            rest = behind;
        }
    }
    shown.push_str(&printable::source(rest));
    shown + end
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
        Guarded::coloured(&mut out).write_all(b"\x1b[1;31mx\x1b[0m\ty\n").unwrap();
        assert_eq!(out, b"\x1b[1;31mx\x1b[0m\ty\n");
    }

    #[test]
    fn nothing_else_that_a_terminal_obeys_stays() {
        let mut out = Vec::new();
        Guarded::coloured(&mut out).write_all("\x1b[2Ja\u{202e}\u{200b}\x1b]0;\x07\x1b[1".as_bytes()).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\u{241b}[2Ja\u{fffd}\u{fffd}\u{241b}]0;\u{2407}\u{241b}[1");
    }
}
