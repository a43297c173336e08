//! Failures of a kind that is told by a name alone, in words that nobody has met.

use super::{About, CHECK_OBJECTS, Message};

/// The certificate of a server, and what is done with it.
macro_rules! of_a_server {
    ($group:literal) => {
        concat!(
            r"\b(?i:creat|generat|load|read|writ|rotat|renew|refresh|apply|sign|provision|set(?:ting)? up|process|issu|pars|stor|get|updat)\w*:? (?:[\w'-]+ ){0,5}(?P<",
            $group,
            r">(?i:serving|server)(?i: cert|-cert| tls cert)(?i:(?:ificate)?s?)\b)"
        )
    };
}

pub(super) static REST: &[Message] = super::rows![
    Message {
        pattern: concat!(
            r"(?:",
            super::severity::failure!(),
            r"[^\n]{0,160}?",
            of_a_server!("first"),
            "|",
            of_a_server!("last"),
            r"[^\n]{0,160}?",
            super::severity::failure!(),
            r")[^\n]{0,300}"
        ),
        printed_by: "a program, about its own serving certificate",
        about: About::NotTold,
        meaning: "The line names the certificate that a server shows to its clients ({first}{last}), which is none of the front proxy's, \
            and a failure: its own words say what. Of an extension API server it is what the caBundle of its APIService is to verify, and \
            until it is in order kube-apiserver does not use that server.",
        rules: &[],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: concat!(
            "(?:",
            super::severity::failure!(),
            r"[^\n]{0,160}?\b(?:caBundle|[Cc][Aa] ?[Bb]undle)s?\b|\b(?:caBundle|[Cc][Aa] ?[Bb]undle)s?\b[^\n]{0,160}?",
            super::severity::failure!(),
            r")[^\n]{0,300}"
        ),
        printed_by: "a program, about a bundle of CAs",
        about: About::NotTold,
        meaning: "The line names a bundle of CAs, and a failure: its own words say what, and whose bundle that is. The caBundle of an \
            APIService is that by which kube-apiserver verifies the *serving* certificate of an extension API server; those of webhooks \
            and CustomResourceDefinitions, and those in ConfigMaps, are for other servers.",
        rules: &[],
        next: &["kubectl get apiservices"],
    },
    Message {
        pattern: r"^\W*(?:[Ee]rror: )?\W*(?:the |--)?(?P<flag>authorization-(?:mode|config|policy-file|webhook[a-z-]*)|authentication-(?:config|token-webhook[a-z-]*)|service-account-[a-z-]+|oidc-[a-z-]+|anonymous-auth|encryption-provider-[a-z-]+|peer-ca-file)\b(?P<why>[ :,][^\n=]{0,200}\b(?:must|cannot|can't|may not|not|invalid|required?s?|exclusive|unsupported|unknown|empty|missing|failed|error)\b[^\n]{0,200})",
        printed_by: "kube-apiserver at start-up, of a flag (kubeapiserver/options)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver does not start, because of --{flag}:{why}",
        rules: &[],
        next: &[],
    },
];
