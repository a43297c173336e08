//! What people write around the messages that they paste: titles, sentences and commands of their own, and what tools set between them.
//!
//! In a title and a sentence programs are named that did not say it. So what only names something is not told of a sentence or a command
//! where a message tells something, and no message goes on over a command, a fence or a mark of a list of checks.

use super::cut;
use super::pattern::Pattern;

/// What somebody typed, with a prompt or without: `$ kubectl get ...`, `root@host:~# ...`, `[root@host ~]# ...`.
macro_rules! command {
    () => {
        r"(?:\$ |[\w.-]+@[\w.-]+:[^\s$#]{0,80}[$#] |\[[\w.-]+@[\w.-]+ [^\]\n]{0,80}\][$#] |PS [A-Z]:\\[^>\n]{0,80}> |[\x{276f}\x{279c}] |(?:sudo )?(?:kubectl|oc|k) (?:-\S+ \S+ )?(?:get|describe|logs|top|version|api-resources|api-versions|explain|edit) )"
    };
}

/// What no program says before a message.
static TITLE: Pattern = Pattern::new(concat!(
    r"(?i)^[\W_]{0,8}(?:\[(?:bug|question|help|issue|docs?|feature(?: request)?|discussion|stable/[\w-]+)\]|(?:bug|issue|question|title|subject|re|fwd)\b ?(?:#\d+ ?)?:|#\d{2,6} )",
    r"|\b(?:(?:is|are|was)? ?not working|(?:doesn't|does not|don't) work|is broken|broken (?:after|since|with|in|on)|stopped working",
    r"|(?:after|since) (?:an? |the )?(?:upgrad|updat|migrat|reboot|reinstall)\w*|how (?:to|do|can)|why (?:does|do|is|are)|when (?:I|we|trying)) ?\b",
));

/// How a message begins that programs print.
static MESSAGE: Pattern = Pattern::new(
    r#"\b(?:x509: |tls: |remote error: |Unable to authenticate the request|failing or missing response from|(?:bad status|no response) from https?:|Error from server|[Ee]rror: |the server (?:is currently|could not|has asked))"#,
);

/// The message in a title; `None`: it is no title, or holds none.
pub(super) fn message_of(record: &str) -> Option<&str> {
    let message = MESSAGE.find(record)?.start();
    let is_title = TITLE.find(record).is_some_and(|title| title.end() <= message);
    record.get(message..).filter(|_| is_title && !cut::has_header(record))
}

/// A line that is a part of no message before it: a fence of Markdown, the heads of a program's help, a prompt or what somebody typed
/// there, the marks of a list of checks and the address of its hints (`linkerd check`, `istioctl analyze`).
static BEGINNING: Pattern = Pattern::new(concat!(
    r"^\s*(?:```|(?:Usage|Flags|Examples|Error):|[\x{2713}\x{2714}\x{221a}\x{d7}\x{2717}\x{2718}\x{2716}\x{203c}\x{2139}\x{26a0}\x{274c}\x{2705}]|see https?://\S+ for hints|",
    command!(),
    ")"
));

static COMMAND: Pattern = Pattern::new(concat!(r"^\s*", command!()));

/// Words in which people speak of themselves, ask, or compare; programs say `we` and `please`, too.
static OWN_WORDS: Pattern = Pattern::new(
    r"\b[Ii](?:'(?:m|ve|d|ll)| (?:am|have|had|was|get|got|see|saw|use|used|can|could|can't|cannot|think|tried|try|need|want|don't|do|did|found|followed|installed|upgraded|deployed|created|noticed|run|ran|just|also|still|would))\b|\b[Ww]e(?:'(?:re|ve)| (?:have|had|get|got|see|saw|run|ran|tried|noticed|upgraded|found|meet|met|face|faced|hit|use|used|observed?|encounter(?:ed)?|experienced?))\b|\b(?:[Mm]y|[Oo]ur) [a-z]|\b(?:does|do|did)(?:n't| not) seems?\b|\b(?:same|above|below|bellow) (?:error|issue|problem)s?\b|\b(?:keeps? (?:reporting|getting|saying|logging|showing|throwing)|(?:reports|gives|throws) (?:the|this|an) error)\b|\b[Aa]ny(?:one|body|one's| ideas?) |\b[Tt]hanks\b|\?\s*$",
);

/// Whether a line is no part of what stands before it, whatever that is.
pub(super) fn begins(line: &str) -> bool {
    BEGINNING.is_match(line)
}

/// kubectl says in its own words what failed; of curl and openssl the command tells which certificate it was.
static OF_KUBECTL: Pattern = Pattern::new(r"(?:^\s*|[$#>\x{276f}\x{279c}] )(?:sudo )?(?:kubectl|oc|k) ");

/// Whether a line is a command of kubectl, with nothing behind it.
pub(super) fn is_typed(line: &str) -> bool {
    COMMAND.is_match(line) && OF_KUBECTL.is_match(line) && !MESSAGE.is_match(line)
}

/// Whether a person wrote a line, and no program: a sentence of its own, in any language, or a command.
pub(super) fn is_of_a_person(line: &str) -> bool {
    /// Fewer letters of another alphabet, or with a mark, may be a name's.
    const FEWEST: usize = 2;

    let is_foreign = || line.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).count() >= FEWEST;
    COMMAND.is_match(line) || (OWN_WORDS.is_match(line) || is_foreign()) && !cut::has_header(line)
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

    fn whose(text: &str) -> Vec<String> {
        explain(text).into_iter().map(|said| said.recognised).collect()
    }

    const CONDITION: &str = "    Message:  no response from https://10.149.2.15:6443: Get https://10.149.2.15:6443: net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)\n    Reason:   FailedDiscoveryCheck\n";

    /// What a person only names is told where nothing else is.
    #[test]
    fn a_sentence_and_a_command_are_no_messages_beside_one() {
        for own in [
            "i'm hitting the same problem, i get the same error from `kubectl describe APIService v1beta1.admission.certmanager.k8s.io`:",
            "Our dashboard does not seems to work when some apiservices are Stuck or not available.",
            "$ kubectl describe apiservice v1beta1.metrics.k8s.io | grep -i error",
            "the dashboard keeps reporting the error no response from https://10.149.2.15:6443: Get https://10.149.2.15:6443: net/http: request canceled",
        ] {
            assert_eq!(whose(own).len(), 1, "{own}");
            assert_eq!(whose(&format!("{own}\n\n```\n{CONDITION}```\n")), whose(CONDITION), "{own}");
        }
        // A program's message stands beside another's.
        let of_program = "apiservices are Stuck, so it does not work: error";
        assert_eq!(whose(&format!("{of_program}\n\n```\n{CONDITION}```\n")).len(), 2);
    }

    /// Rows of a table, marks of a list of checks and prompts are no part of the message before them.
    #[test]
    fn a_message_ends_before_a_row_a_mark_or_a_prompt() {
        let row = "authentication   4.21.0   False       False   34s   APIServicesAvailable: \"oauth.openshift.io.v1\" is not ready: an attempt failed with statusCode = 500, err = an error on the server (\"Internal Server Error: \\\"/apis/oauth.openshift.io/v1\\\": Unauthorized\") has prevented the request from succeeding...";
        let message = "    FailedDiscoveryCheck: failing or missing response from https://172.19.0.87:8089/apis/tap.linkerd.io/v1alpha1: Get \"https://172.19.0.87:8089/apis/tap.linkerd.io/v1alpha1\": read tcp 169.254.128.90:40336->172.19.0.87:8089: read: connection reset by peer";
        for (text, next) in [
            (row, "baremetal        4.21.0   True        False   9h"),
            (message, "    see https://linkerd.io/2.11/checks/#l5d-tap-api for hints"),
            (message, "\u{203c} tap api has caBundle"),
            (message, "root@n1:~# kubectl get pods -A"),
            (message, "[root@n1 ~]# cat /etc/hosts"),
            (
                message,
                "may 04 16:31:09 controller k0s[1129]: time=\"2025-05-04 16:31:09\" level=info msg=\"current cfg matches\"",
            ),
        ] {
            assert_eq!(whose(&format!("{text}\n{next}\n")), whose(text), "{next}");
        }
    }
}
