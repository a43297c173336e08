//! The page of a rule, `docs/rules/<id>.md`: the one text that `aggcert rules`, SARIF's help and the book show.

/// What a page says, section by section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// One line without a full stop: `A certificate of the client CA is accepted as a front proxy`.
    pub summary: &'static str,
    /// What happens, to whom, and why it matters. Paragraphs of plain text, each one line.
    pub explanation: String,
    /// A set-up that the rule finds fault with, and the same one fixed: flags or files in a few lines.
    pub bad_example: &'static str,
    pub good_example: &'static str,
    /// How to fix it, in general; a finding gives the exact command. Paragraphs as above.
    pub remedy: String,
    /// The Kubernetes source, RFC section or document that makes it so.
    pub references: Vec<Reference>,
}

/// A document or a piece of source that a rule rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// `kubernetes/kubernetes: staging/src/k8s.io/apiserver/pkg/authentication/request/x509/x509.go, verifySubject`
    pub title: &'static str,
    pub url: &'static str,
}

impl Page {
    /// Reads a page. What is not there is empty; a test holds that every rule's page is whole.
    pub(super) fn read(text: &'static str) -> Self {
        Self {
            summary: summary(text),
            explanation: paragraphs(section(text, "Why")),
            bad_example: fenced(section(text, "Bad")),
            good_example: fenced(section(text, "Good")),
            remedy: paragraphs(section(text, "Fix")),
            references: section(text, "Sources").lines().filter_map(reference).collect(),
        }
    }
}

/// The line below the heading, without its full stop.
pub(super) fn summary(text: &'static str) -> &'static str {
    text.split("\n\n").nth(1).unwrap_or_default().trim_end_matches('.')
}

fn section(text: &'static str, heading: &str) -> &'static str {
    let body = text.split("\n## ").find_map(|section| section.strip_prefix(heading)?.strip_prefix('\n'));
    body.unwrap_or_default().trim()
}

/// Each paragraph as one line: pages are wrapped for their readers in an editor.
fn paragraphs(section: &str) -> String {
    let lines = |paragraph: &str| paragraph.lines().collect::<Vec<_>>().join(" ");
    section.split("\n\n").map(lines).collect::<Vec<_>>().join("\n\n")
}

fn fenced(section: &'static str) -> &'static str {
    section.trim_start_matches("```text\n").trim_end_matches("\n```")
}

/// `- [title](url)`
fn reference(line: &'static str) -> Option<Reference> {
    let (title, url) = line.strip_prefix("- [")?.strip_suffix(')')?.rsplit_once("](")?;
    Some(Reference { title, url })
}
