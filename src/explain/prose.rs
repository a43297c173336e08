//! Titles of issues and questions: people put a message behind words of their own, in which programs are named that did not say it.

use std::sync::LazyLock;

use super::cut;
use super::pattern::Pattern;

/// What no program says before a message.
static TITLE: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(concat!(
        r"(?i)^[\W_]{0,8}(?:\[(?:bug|question|help|issue|docs?|feature(?: request)?|discussion|stable/[\w-]+)\]|(?:bug|issue|question|title|subject|re|fwd)\b ?(?:#\d+ ?)?:|#\d{2,6} )",
        r"|\b(?:(?:is|are|was)? ?not working|(?:doesn't|does not|don't) work|is broken|broken (?:after|since|with|in|on)|stopped working",
        r"|(?:after|since) (?:an? |the )?(?:upgrad|updat|migrat|reboot|reinstall)\w*|how (?:to|do|can)|why (?:does|do|is|are)|when (?:I|we|trying)) ?\b",
    ))
});

/// How a message begins that programs print.
static MESSAGE: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r#"\b(?:x509: |tls: |remote error: |Unable to authenticate the request|failing or missing response from|(?:bad status|no response) from https?:|Error from server|[Ee]rror: |the server (?:is currently|could not|has asked))"#,
    )
});

/// The message in a title; `None`: it is no title, or holds none.
pub(super) fn message_of(record: &str) -> Option<&str> {
    let message = MESSAGE.find(record)?.start();
    let is_title = TITLE.find(record).is_some_and(|title| title.end() <= message);
    record.get(message..).filter(|_| is_title && !cut::has_header(record))
}

#[cfg(test)]
mod tests {
    use crate::explain::{About, explain};

    /// The title of an issue names what its author uses.
    #[test]
    fn a_title_does_not_tell_who_speaks() {
        let message = "x509: certificate has expired or is not yet valid";
        let said = |text: &str| explain(text).into_iter().map(|said| (said.about, said.meaning)).collect::<Vec<_>>();
        for title in [
            "[BUG] Kubelet can't reach front-proxy: ",
            "Issue: etcd and vault: ",
            "metrics-server not working: ",
            "# HPA broken after upgrade of nginx - ",
            "Why does the webhook say \"",
        ] {
            assert_eq!(said(&format!("{title}{message}")), said(message), "{title}");
        }
        // A program said so.
        let spoken = explain(&format!("vault: cannot connect: {message}"));
        assert_eq!(spoken.first().map(|said| said.about), Some(About::SomethingElse), "{spoken:?}");
    }
}
