//! supervisord's configuration: a value goes on in indented lines (Python's configparser, "Supported INI File Structure").

use crate::text::Text;

/// The text with each value on one line; `None`: it is no such configuration.
pub(super) fn joined(text: &Text) -> Option<Text> {
    let string = text.as_str();
    if !string.lines().any(|line| line.starts_with("[program:")) {
        return None;
    }
    let mut joined = text.slice(0..0);
    let mut at = 0;
    for (end, _) in string.match_indices('\n') {
        let next = string.get(end + 1..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        if next.starts_with([' ', '\t']) && !next.trim().is_empty() {
            joined.push(text, at..end);
            joined.push_decoded(" ", text, end..end + 1);
            at = end + 1;
        }
    }
    joined.push(text, at..string.len());
    Some(joined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SourceFile;

    #[test]
    fn indented_lines_go_on_with_the_value_above() {
        let read = |text: &str| joined(&Text::of(&SourceFile::new("f", text))).map(|text| text.as_str().to_owned());
        let text = "[program:a]\ncommand=/bin/a --x\n    --y\nuser=b\n";
        assert_eq!(read(text).unwrap(), "[program:a]\ncommand=/bin/a --x     --y\nuser=b\n");
        assert_eq!(read("[Service]\nExecStart=/bin/a\n  b\n"), None);
    }
}
