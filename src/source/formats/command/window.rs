//! Parts of a text around an offset.

/// At most `length` bytes of a text before an offset.
pub(super) fn backwards(text: &str, end: usize, length: usize) -> &str {
    let mut start = end.saturating_sub(length);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text.get(start..end).unwrap_or_default()
}

/// At most `length` bytes of a text behind an offset.
pub(super) fn forwards(text: &str, start: usize, length: usize) -> &str {
    let mut end = text.len().min(start.saturating_add(length));
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(start..end).unwrap_or_default()
}
