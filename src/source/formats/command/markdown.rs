//! The code blocks of Markdown.

use crate::text::Text;

/// The code blocks, fenced and indented; `None` when there is no fence, so that it is not told from other texts.
pub(super) fn code_blocks(text: &Text) -> Option<Vec<Text>> {
    if text.as_str().starts_with("#!") {
        return None;
    }
    let mut blocks = Vec::new();
    let mut open: Option<(Fence, usize)> = None;
    let mut indented: Option<usize> = None;
    let mut fences = 0_usize;
    let mut blank_before = true;
    let mut at = 0;
    for line in text.as_str().split_inclusive('\n') {
        let end = at + line.len();
        match open {
            Some((fence, start)) => {
                if fence.is_closed_by(line) {
                    blocks.push(text.slice(start..at));
                    open = None;
                }
            }
            None => {
                let fence = Fence::opened_by(line);
                let is_indented = line.starts_with("    ") || line.starts_with('\t');
                let blank = line.trim().is_empty();
                if let Some(start) = indented.filter(|_| !blank && (!is_indented || fence.is_some())) {
                    blocks.push(text.slice(start..at));
                    indented = None;
                }
                if let Some(fence) = fence {
                    fences += 1;
                    open = Some((fence, end));
                } else if is_indented && blank_before && !blank {
                    indented.get_or_insert(at);
                }
                blank_before = blank;
            }
        }
        at = end;
    }
    if let Some(start) = open.map(|(_, start)| start).or(indented) {
        blocks.push(text.slice(start..text.len()));
    }
    (fences > 0).then_some(blocks)
}

#[derive(Debug, Clone, Copy)]
struct Fence {
    character: char,
    length: usize,
}

impl Fence {
    fn opened_by(line: &str) -> Option<Self> {
        let line = line.trim_start();
        let character = line.chars().next().filter(|first| matches!(first, '`' | '~'))?;
        let length = line.len() - line.trim_start_matches(character).len();
        // Inline code may begin a line: ```` ```a``` ````.
        let info = line.get(length..).unwrap_or_default();
        (length >= 3 && !info.contains('`')).then_some(Self { character, length })
    }

    fn is_closed_by(self, line: &str) -> bool {
        let line = line.trim();
        let length = line.len() - line.trim_start_matches(self.character).len();
        length >= self.length && length == line.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::SourceFile;

    fn blocks(text: &str) -> Option<Vec<String>> {
        code_blocks(&Text::of(&SourceFile::new("x.md", text)))
            .map(|blocks| blocks.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn fences_are_matched_by_kind_and_length() {
        assert_eq!(blocks("a\n```sh\none\n```\nb\n~~~~\n```\n~~~~\n").unwrap(), ["one\n", "```\n"]);
        assert_eq!(blocks("- x\n  ``` bash\n  one\n  ```\n").unwrap(), ["  one\n"]);
        assert_eq!(blocks("```\nopen\n").unwrap(), ["open\n"]);
    }

    #[test]
    fn indented_blocks_count_where_there_are_fences() {
        assert_eq!(blocks("a\n\n    one\n\n    two\nb\n```\nx\n```\n").unwrap(), ["    one\n\n    two\n", "x\n"]);
        assert_eq!(blocks("a\n\n    one\n"), None);
    }
}
