//! Files that a server cannot open or use.

use super::super::pattern::{front_proxy_file, own_serving_file};
use super::super::subject::ANY_FILE;
use super::{About, CHECK, CHECK_OBJECTS, Message, Role};

/// The front proxy's files, by their names or by what a server says in front of them.
macro_rules! own {
    () => {
        concat!(
            r#"(?:\b(?:open|stat) "?(?P<path>[^:"\s]*"#,
            front_proxy_file!(),
            r#"(?:[^:"\n]*\.(?:crt|key|pem|cert?|csr|bundle|der|p12|pfx|bak)|[^:"\n.]*))|request-header-client-ca-file: open "?(?P<file>[^:"\n]*))"?: "#
        )
    };
}

/// A certificate, a key or a CA that is not opened, whatever its name.
macro_rules! opened {
    () => {
        r#"\b(?:open|stat) "?(?P<path>[^:"\s]*(?:\.crt|\.pem|\.key|\.cer|\.cert|/pki/|/ssl/|/tls/|/certs?/)[^:"\n]*)"?: (?P<why>no such file or directory|permission denied|is a directory)"#
    };
}

/// A serving pair that is empty: a part of its name, and whose it is by that.
macro_rules! empty_serving_pair {
    ($name:expr, $whose:literal) => {
        Message {
            pattern: concat!(
                r#"(?:missing content for serving cert|not loading an empty serving certificate from) [\\"]*(?P<pair>[^"\\\n]{0,300}"#,
                $name,
                r#"[^"\\\n]{0,300})"#
            ),
            printed_by: "a server built on k8s.io/apiserver (dynamiccertificates)",
            about: About::ExtensionServer,
            meaning: concat!(
                "This is not the front proxy's pair, but what ",
                $whose,
                " itself shows to its clients (--tls-cert-file): the certificate or the key of `{pair}` is empty. It was being written when \
                the server read it, or an update of it failed. A running server keeps the pair that it had, one that starts does not start."
            ),
            rules: &[],
            next: &[CHECK_OBJECTS],
            ..Message::PLAIN
        }
    };
}

const OTHER_FILE: Message = Message {
    pattern: "",
    printed_by: "a program that opens a file",
    about: About::SomethingElse,
    meaning: "",
    rules: &["server-refuses-to-start"],
    next: &["ls -l {path}"],
    ..Message::PLAIN
};

/// Others have its words: `shared` looks for its name.
pub(super) const FILE_WATCH: &str =
    "kube-apiserver, when a certificate file was replaced (dynamiccertificates, handleWatchEvent)";

pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        pattern: r#"open "?(?P<path>(?:/var)?/run/secrets/kubernetes\.io/serviceaccount/(?P<file>token|ca\.crt|namespace))"?: no such file or directory"#,
        printed_by: "a program that is to run in a Pod (client-go, rest.InClusterConfig)",
        meaning: "This is not the front proxy: the program finds no service account at `{path}`. It runs outside of a Pod, or its Pod has \
            none mounted (automountServiceAccountToken: false). No right and no certificate is missing. An extension API server cannot ask \
            kube-apiserver so.",
        rules: &[],
        next: &[
            "kubectl get pods --all-namespaces -o custom-columns=NAME:.metadata.name,MOUNTED:.spec.automountServiceAccountToken",
        ],
        ..OTHER_FILE
    },
    Message {
        pattern: r#"open "?(?P<path>[^:"\s]*(?:/apiserver\.(?:crt|key)|apiserver-kubelet-client|/sa\.(?:pub|key)|service-?account)[^:"\s]*)"?: (?P<why>no such file or directory|permission denied|is a directory)"#,
        meaning: "This is not the front proxy: `{path}` cannot be opened ({why}), a file of kube-apiserver's own serving certificate, of \
            its client at kubelets, or of service accounts. A program that starts ends with it; one that runs keeps what it had.",
        ..OTHER_FILE
    },
    Message {
        pattern: r#"open "?(?P<path>[^:"\s]*(?:etcd|kubelet|admin\.conf)[^:"\s]*)"?: (?P<why>no such file or directory|permission denied|is a directory)"#,
        meaning: "This is not the front proxy: `{path}` cannot be opened ({why}), a file of etcd, of a client of etcd, of a kubelet or of \
            a kubeconfig. A program that starts ends with it; one that runs cannot use it, and what it is for fails.",
        rules: &[],
        ..OTHER_FILE
    },
    Message {
        pattern: r#"\b(?:open|stat) "?(?P<path>[^:"\s]*(?i:front-?proxy|request-?header)[-_]?(?i:client[-_])?ca(?:-key\.pem|\.key))"?: no such file or directory"#,
        printed_by: "a program that signs the front proxy's client (kubeadm, k3s and other installers)",
        about: About::FrontProxy,
        meaning: "The *key* of the front-proxy CA, `{path}`, is not here. No server reads it, and what runs goes on: only who makes the \
            front proxy's client anew needs it. It lies on another control-plane node, or the CA is an external one: have the client \
            signed where the key is, and copy it. A new CA under the same name would not be trusted.",
        rules: &["proxy-client-missing", "node-drift"],
        next: &["ls -l {path}", CHECK],
    },
    Message {
        pattern: concat!(own!(), "no such file or directory"),
        printed_by: "a server that opens a file at start-up, or another program that works with it",
        about: About::FrontProxy,
        meaning: "`{path}{file}` does not exist for whoever printed this. A server whose flag names it does not start (a running one, `key \
            failed with`, keeps what it had). In a container it must be mounted; quotes around the path behind `open` would be part of the \
            flag's value.",
        rules: &["ca-bundle-unreadable", "literal-quotes", "server-refuses-to-start", "extension-ca-pinned"],
        next: &[CHECK],
    },
    Message {
        pattern: concat!(own!(), "(?P<why>read-only file system|no space left on device|input/output error)"),
        printed_by: "a program that writes the file",
        about: About::FrontProxy,
        meaning: "`{path}{file}` cannot be written ({why}): the disk or its mount is the cause, and not the file. What was there before \
            stays unless the program cut it off first: look whether it is empty.",
        rules: &["ca-bundle-unreadable", "proxy-client-key-mismatch"],
        next: &["ls -l {path}{file}", "df -h {path}{file}", CHECK],
    },
    Message {
        pattern: concat!(own!(), "(?P<why>permission denied|is a directory)"),
        printed_by: "a server that opens a file at start-up, or another program that works with it",
        about: About::FrontProxy,
        meaning: "Whoever printed this may not read, or cannot write, `{path}{file}` ({why}): the file, or a directory above it, belongs \
            to another user than the one that it runs as (runAsUser of a Pod), or a security module forbids it. If it is a server whose \
            flag names the file, it does not start (a running one, `key failed with`, keeps what it had); a tool that writes or watches \
            the file says nothing of the file itself.",
        rules: &["key-permissions", "server-refuses-to-start"],
        next: &["ls -l {path}{file}", CHECK],
    },
    Message {
        pattern: r#"client CA (?:file|provider)[^\n]{0,200}?: open "?(?P<path>[^:"\n]*)"?: (?P<why>no such file or directory|permission denied|is a directory)"#,
        printed_by: "a server that opens a file at start-up (k8s.io/apiserver)",
        about: About::NotTold,
        meaning: "A CA file, `{path}`, cannot be opened ({why}), and the server does not start. It is that of --client-ca-file, or that of \
            --requestheader-client-ca-file where kube-apiserver says `client CA file:` and names no file before `open`. In a container it \
            must be mounted; quotes around the path behind `open` would be part of the flag's value.",
        rules: &["ca-bundle-unreadable", "literal-quotes", "server-refuses-to-start"],
        next: &["ls -l {path}", CHECK],
    },
    Message {
        pattern: r#"unable to load server certificate: (?P<why>[^\n\x22]{1,200})"#,
        printed_by: "a server built on k8s.io/apiserver, at start-up",
        about: About::SomethingElse,
        meaning: "This is not the front proxy's pair, but what the server itself shows to its clients (--tls-cert-file and \
            --tls-private-key-file), which cannot be used: {why}. The server does not start.",
        rules: &["component-refuses-to-start"],
        next: &[CHECK_OBJECTS],
    },
    Message {
        pattern: concat!(
            r#"(?i)(?:\b(?:cp|mv|cat|ls|scp|install|chmod|chown|tar|rsync|cannot (?:stat|access|open|create regular file)|can't open)\b:? [^\n:]{0,60}?|^|: )['"]?(?P<path>[^:"'\s]*"#,
            front_proxy_file!(),
            r#"[^:"'\s]*\.(?:crt|key|pem|csr))['"]?(?: for reading)?(?:: cannot \w+)?[:,] permission denied"#
        ),
        printed_by: "a command of a shell, or openssl",
        about: About::FrontProxy,
        meaning: "A command may not read or write `{path}`, a file of the front proxy: keys belong to root. That says nothing of the file \
            itself.",
        rules: &[],
        next: &["ls -l {path}"],
    },
    Message {
        pattern: concat!(
            r#"(?i)(?:\b(?:cp|mv|cat|ls|scp|install|chmod|chown|tar|rsync|cannot (?:stat|access|open|create regular file)|can't open)\b:? [^\n:]{0,60}?|^|: )['"]?(?P<path>[^:"'\s]*"#,
            front_proxy_file!(),
            r#"[^:"'\s]*\.(?:crt|key|pem|csr))['"]?(?: for reading)?(?:: cannot \w+)?[:,] (?P<why>no such file or directory|is a directory|not a directory)"#
        ),
        printed_by: "a command of a shell, or openssl",
        about: About::FrontProxy,
        meaning: "A command was given `{path}`, a file of the front proxy, and: {why}. Where it is not there, the front-proxy CA or its \
            client was not made on this machine, or lies in another directory (kubeadm: /etc/kubernetes/pki; k3s: server/tls below its \
            data directory).",
        rules: &["proxy-client-missing"],
        next: &["ls -l {path}", CHECK],
    },
    Message {
        pattern: r#"(?:(?P<what>\b(?i:front-?proxy|request[ -]?header)[ -](?:ca|CA|client|signer)\b|\bproxy-client[ -](?i:ca|cert|key)\w*|\bCA for the proxy client\b)|(?:^|[^-\w])(?P<aggregator>(?i:aggregator[ -](?:ca|client|signer))\b))[^\n]{0,200}?: (?:open|stat) "?(?P<path>[^:"\s]{1,300})"?: (?P<why>no such file or directory|permission denied|is a directory|read-only file system|no space left on device)"#,
        printed_by: "a program that makes, reads or writes certificates of the front proxy",
        about: About::FrontProxy,
        meaning: "For the front proxy ({what}{aggregator}) a program wants to open `{path}`, and cannot ({why}): a key, a certificate or a \
            template that it makes or verifies the pair from. What it says before that is what was not done; what there was stays.",
        rules: &["proxy-client-missing"],
        next: &["ls -l {path}", CHECK],
    },
    Message {
        pattern: concat!(
            r#"\b(?P<what>(?i:fail\w*|unable|cannot|can't|could not|couldn't|errors?) [^\n:"]{3,120}|[\w.-]+ (?i:file|bundle|certificate|key|config)\w*): "#,
            opened!()
        ),
        printed_by: ANY_FILE,
        meaning: "`{path}` cannot be opened ({why}), and the words before it say what for: {what}. Neither they nor its path have a name \
            of the front proxy's: it is that only where kube-apiserver has the file as --requestheader-client-ca-file or \
            --proxy-client-cert-file.",
        rules: &[],
        ..OTHER_FILE
    },
    Message {
        pattern: opened!(),
        printed_by: ANY_FILE,
        meaning: "`{path}` cannot be opened ({why}). It has none of the names that the front proxy's files have, and the line does not \
            tell its purpose: look which flag or setting of the program that printed it names the file. It is the front proxy's only where \
            kube-apiserver has it as --requestheader-client-ca-file or --proxy-client-cert-file.",
        rules: &[],
        ..OTHER_FILE
    },
    Message {
        pattern: r"tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched|tls: found a certificate rather than a key in the PEM for the private key",
        printed_by: "a server that reads its files (crypto/tls, X509KeyPair)",
        about: About::NotTold,
        meaning: "A certificate file and a key file were switched: the flag for the certificate names the key, or the other way \
            round. For the front proxy the pair is --proxy-client-cert-file and --proxy-client-key-file.",
        rules: &["proxy-client-key-mismatch", "server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"tls: failed to find (?P<what>[\\"]{0,4}CERTIFICATE[\\"]{0,4} PEM block in certificate input|PEM block with type ending in [\\"]{0,4}PRIVATE KEY[\\"]{0,4} in key input)(?: after skipping PEM blocks of the following types: \[(?P<types>[^\]]*)\])?"#,
        printed_by: "a server that reads its files (crypto/tls, X509KeyPair)",
        about: About::NotTold,
        meaning: "A file holds PEM, but no {what}; what it holds is {types}. A signing request (CERTIFICATE REQUEST) is no \
            certificate yet, and parameters or public keys are no key: the wrong file is named, or it was never signed. For the \
            front proxy the pair is --proxy-client-cert-file and --proxy-client-key-file.",
        rules: &["server-refuses-to-start", "proxy-client-key-mismatch"],
        next: &[CHECK],
    },
    Message {
        pattern: r"found new authorization config(?: data)?\b|reloaded (?:authentication|authorization) config\b",
        printed_by: "kube-apiserver (--authentication-config, --authorization-config)",
        about: About::NoFailure,
        meaning: "This is no failure: kube-apiserver has read the file of one of these flags anew, and uses it.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:watching|reloading|failed to (?:read|load|validate|update)) (?P<what>authentication|authorization) config(?: file)?\b[^\n]{0,300}",
        printed_by: "kube-apiserver (--authentication-config, --authorization-config)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy: kube-apiserver runs, and did not take what is new in the file of --{what}-config, or cannot \
            watch it. It keeps what it had; the rest of the line says what is wrong with the file, with which kube-apiserver would not \
            start.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Failed to watch (?P<what>CA file|cert and key file), will retry later|(?:error (?:creating fsnotify watcher|adding watch for file [^:\n]{0,200})|received fsnotify error): [^\n\x22]{0,120}",
        printed_by: "a server built on k8s.io/apiserver (dynamiccertificates)",
        about: About::NotTold,
        meaning: "The server cannot watch a certificate file: it is gone for the moment, or the node has too few inotify watches \
            or open files (fs.inotify.max_user_instances). It still reads the file again once a minute, so a change is taken, \
            only later.",
        rules: &["reload-watch-dead"],
        next: &["sysctl fs.inotify.max_user_instances fs.inotify.max_user_watches", CHECK],
    },
    Message {
        pattern: concat!(
            r#"missing content for serving cert [\\"]*(?P<pair>[^"\\\n]{0,300}"#,
            front_proxy_file!(),
            r#"[^"\\\n]{0,300})"#
        ),
        printed_by: "a server built on k8s.io/apiserver (dynamiccertificates)",
        about: About::FrontProxy,
        meaning: "A certificate or key file of the pair `{pair}` is empty: it was being written when the server read it, or an \
            update of it failed. It is the front proxy's pair. A running \
            kube-apiserver keeps the pair that it had.",
        rules: &["proxy-client-missing", "proxy-client-key-mismatch"],
        next: &[CHECK],
    },
    Message {
        printed_by: "kube-apiserver (dynamiccertificates)",
        about: About::SomethingElse,
        next: &[CHECK],
        ..empty_serving_pair!(own_serving_file!(), "kube-apiserver")
    },
    empty_serving_pair!("", "the server"),
    Message {
        pattern: r"x509: failed to parse public key \(use (?P<what>Parse\w{1,40}) instead for this key format\)",
        printed_by: "a program that reads a public key (crypto/x509)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no certificate: a *public* key does not parse, because it has another format than its \
            PEM header says or the program expects (`PUBLIC KEY` is PKIX, `RSA PUBLIC KEY` PKCS#1; Go would read it with {what}). Of \
            kube-apiserver such a file is one of --service-account-key-file.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"not loading an empty SNI certificate from (?:\d+/)?[\\"]{0,4}(?P<pair>[^"\\\n]{0,300})"#,
        printed_by: "a server built on k8s.io/apiserver (dynamiccertificates)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy's pair, but one that the server itself shows to clients which call it by certain names \
            (--tls-sni-cert-key): the certificate or the key of `{pair}` is empty. It was being written when the server read it, or an \
            update of it failed. A running server keeps the pair that it had, one that starts does not start.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"Failed to remove file watch, it may have been deleted|fsnotify: can't remove non-existent watch",
        printed_by: FILE_WATCH,
        about: About::SomethingElse,
        meaning: "This is harmless by itself: a certificate file was renamed away or replaced, and the server lost its watch \
            on it. It takes the new file, but may notice the next change only a minute later.",
        rules: &[],
        next: &[],
        role: Role::Harmless,
    },
];
