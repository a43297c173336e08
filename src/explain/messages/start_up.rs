//! What kube-apiserver says when it starts, or reads its files again.

use super::super::pattern::identities_of_others;
use super::super::subject::NOBODY;
use super::information::{aggregated, front_proxy_names, named_aggregated};
use super::{About, CHECK, Message};

/// Of a value that pflag does not take, whosever flag it is.
const NOT_OF_ITS_KIND: &str = "The value `{value}` of `{flag}` is not of the flag's kind ({why}), and the program does not start. \
    In a list a quote that has no other end is enough.";

/// What names the front proxy, and what a server of one's own may call it.
macro_rules! named {
    ($group:literal) => {
        concat!(
            "(?P<",
            $group,
            ">",
            front_proxy_names!(),
            r"|(?i:\bfront proxy (?:client|ca|cert\w*|cn)\b|\brequest-?header ca\b|\bX-Remote-(?:User|Group)\b))"
        )
    };
}

/// Others have its words: `shared` looks for its name.
pub(super) const HEADER_LISTS: &str = "a server built on k8s.io/apiserver, at start-up (headerrequest, trimHeaders)";

/// Others have its words: `shared` looks for its name.
pub(super) const OVERLAP: &str = "kube-apiserver 1.35 and later, at start-up (BuiltInAuthenticationOptions.Validate)";

/// What names the front proxy and is no message that is known.
pub(super) static LAST: &[Message] = super::rows![Message {
    pattern: concat!(
        super::severity::failed!(named!("what"), named!("first")),
        r"|(?i:reject\w*|not (?:in|among) (?:the )?allowed|not allowed|\b40[13]\b)[^\n]{0,200}",
        named!("refused"),
        "|",
        named!("client"),
        r"[^\n]{0,200}(?i:reject\w*|not (?:in|among) (?:the )?allowed|not allowed|\b40[13]\b)"
    ),
    printed_by: NOBODY,
    about: About::NotTold,
    meaning: "The line names {what}{first}{refused}{client}, which is the front proxy's where a server of Kubernetes says so, and a \
        failure; the message itself is not one that aggcert knows, and the rest of the line says what failed. What the flags, files and \
        the ConfigMap hold, `aggcert check` judges.",
    rules: &[],
    next: &[CHECK, super::CHECK_CONFIG_MAP],
}];

/// Why a component does not start.
macro_rules! command_failed {
    ($why:expr) => {
        concat!(r#"[\\"]{0,2}command failed[\\"]{0,2} err="?(?P<why>"#, $why, ")")
    };
}

const DOES_NOT_START: Message = Message {
    pattern: "",
    printed_by: "a component of Kubernetes, or a server built as they are, which does not start or ended (component-base, cli.Run)",
    about: About::NotTold,
    meaning: "The component does not start, or ended, because of this: {why}. Neither a flag nor a file of the front proxy is named.",
    rules: &[],
    next: &[],
    ..Message::PLAIN
};

const OF_AGGREGATED: Message = Message {
    pattern: "",
    printed_by: "a program that makes an APIService or waits for one",
    about: About::NotTold,
    meaning: "The line names an APIService, or the extension API server behind one ({what}{first}), unless the program calls something of \
        its own so, and a failure; the message itself is not one that aggcert knows, and its own words say what failed. Whether \
        kube-apiserver uses that server, the condition of the APIService tells.",
    rules: &["apiservice-unavailable"],
    next: &["kubectl get apiservices", super::CHECK_CONDITIONS],
    ..Message::PLAIN
};

/// A flag of kube-apiserver or another component that ends it, and what names an APIService and is no message that is known.
pub(super) static REST: &[Message] = super::rows![
    Message {
        pattern: r#"^[^\w/-]*(?:- )?[\\"']*(?:[A-Z][A-Z_]*=[\\"']*)?(?:--[a-z-]+[= ][^\s-]\S*\s+){0,60}?--(?P<flag>requestheader-[a-z-]+|proxy-client-(?:cert|key)-file)(?:=| [\w/"'\[])[^\n]{0,300}"#,
        printed_by: "whoever shows the flags of a server, most often kube-apiserver's",
        about: About::FrontProxy,
        meaning: "These are flags and no message: `--{flag}` is one of those by which a server knows its front proxies, or shows that it \
            is one. `aggcert check` judges them, with the files that they name.",
        rules: &[],
        next: &["aggcert check FILE    # the manifest or unit that holds the flags", super::CHECK],
    },
    Message {
        pattern: r#"^[^\w/-]*(?P<key>requestheader-(?:client-ca-file|allowed-names|(?:username|uid|group)-headers|extra-headers-prefix))[\\"]*: +(?:\||['"\[])[^\n]{0,300}"#,
        printed_by: "whoever shows the ConfigMap kube-system/extension-apiserver-authentication",
        about: About::FrontProxy,
        meaning: "This is what the ConfigMap kube-system/extension-apiserver-authentication holds, and no message: by `{key}` and its \
            other keys an extension API server knows its front proxies. `aggcert check` judges it.",
        rules: &[],
        next: &[super::CHECK_CONFIG_MAP],
    },
    Message {
        pattern: r#"PostStartHook [\\"]{0,2}(?P<hook>[\w/.-]{1,120})[\\"]{0,2} failed: (?P<why>[^\n]{1,300})"#,
        printed_by: "kube-apiserver, or another server built on k8s.io/apiserver, which ends (server/hooks.go)",
        about: About::NotTold,
        meaning: "The server ends, because a part that it starts with, `{hook}`, failed: {why}. With `context canceled` it was being ended \
            while it started. Hooks with `requestheader`, `cluster-authentication` or `aggregator` in their names are of this matter, \
            others are not.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?P<what>\S*(?:auth-reader|auth-delegator|extension-apiserver-authentication)\S*) (?P<kind>(?:Cluster)?Role(?:Binding)?) failed(?P<why>[^\n]{0,300})",
        printed_by: "an operator that lays an extension API server's rights",
        about: About::ExtensionServer,
        meaning: "The operator could not make or change the {kind} {what}, from which an extension API server has its rights{why}. Until \
            it does, the server may not read kube-system/extension-apiserver-authentication (auth-reader), or not ask kube-apiserver about \
            users (auth-delegator); one that is there already stays.",
        rules: &["extension-reader-binding", "extension-auth-delegator"],
        next: &[super::CHECK_OBJECTS],
    },
    Message {
        pattern: command_failed!(
            r#"[^\n"]{0,200}?\b(?:authorization-(?:mode|config|policy|webhook)|authentication-(?:config|token)|service-account-|oidc-|anonymous|encryption-provider|admission-control|audit-|runtime-config|feature gate|etcd-|service-cluster-ip-range|tls-(?:cipher|min))[^\n"]{0,200}"#
        ),
        about: About::SomethingElse,
        meaning: "This is not the front proxy: the component does not start, because of a flag or a file for something else: {why}. None \
            of --requestheader-* and --proxy-client-* is named.",
        rules: &["server-refuses-to-start"],
        ..DOES_NOT_START
    },
    Message { pattern: command_failed!(r"[^\n]{1,300}"), ..DOES_NOT_START },
    Message {
        pattern: super::severity::failed!(
            concat!("(?P<what>", named_aggregated!(), ")"),
            concat!("(?P<first>", named_aggregated!(), ")")
        ),
        about: About::ExtensionServer,
        ..OF_AGGREGATED
    },
    Message {
        pattern: concat!(
            super::severity::failed!(aggregated!("what"), aggregated!("first")),
            r"|waiting for API service to become ready[^\n]{0,200}"
        ),
        ..OF_AGGREGATED
    },
];

pub(super) static MESSAGES: &[Message] = super::rows![
    Message {
        pattern: r"(?i:genericapiserver\.New)\(\) called with config\.(?P<what>\w+) == nil",
        printed_by: "a server built on k8s.io/apiserver, at start-up (CompletedConfig.New)",
        about: About::ExtensionServer,
        meaning: "No certificate is wrong: the program was built, or is set, so that its options give no {what}, and it ends. \
            LoopbackClientConfig is there only with a port for TLS: with --secure-port=0 (or a version that does not fill it in) the \
            server cannot start.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"number of webhook retry attempts must be greater than \d+, but is: (?P<value>-?\d+)",
        printed_by: "kube-apiserver, or an extension API server, at start-up (options, Validate)",
        about: About::SomethingElse,
        meaning: "This is not the front proxy, and no certificate: the server does not start, because the steps of the retries by which it \
            asks a webhook about tokens or rights are {value}. The program itself sets them (WebhookRetryBackoff): another version of it \
            helps.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"retry backoff parameters for delegating (?P<what>authentication|authorization) webhook has not been specified",
        printed_by: "an extension API server that was built with an incomplete configuration (k8s.io/apiserver, Delegating*Options)",
        about: About::ExtensionServer,
        meaning: "No certificate and no file is wrong: the program itself gives its {what} options no WebhookRetryBackoff, and ends. \
            Another version of that server helps.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"API group/version (?P<version>\S+) must be enabled",
        printed_by: "kube-apiserver at start-up",
        about: About::SomethingElse,
        meaning: "kube-apiserver does not start: --runtime-config switches {version} off, without which it cannot be. No certificate is \
            involved.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: "(?:--requestheader-client-ca-file and --client-ca-file )?contain overlapping certificates[^\"]{0,200}",
        printed_by: OVERLAP,
        about: About::FrontProxy,
        meaning: "kube-apiserver does not start: the same certificate stands in both CA files and no name is required, so \
            every client certificate would be every user. Naming one name in --requestheader-allowed-names makes it start, \
            but leaves the door open to whoever gets a certificate with that name from the shared CA. Make a CA for the \
            front proxy alone.",
        rules: &["identity-spoofable", "ca-reused"],
        next: &["aggcert init DIR    # a directory of its own for the new CA", "aggcert flags DIR", CHECK],
    },
    Message {
        pattern: r#"x509: subject with cn=(?P<name>[^"\n]*?) is not in the allowed list: \[(?P<list>\s*|"*)\]"#,
        printed_by: "kube-apiserver and every extension API server (k8s.io/apiserver, x509.Verifier.verifySubject)",
        about: About::FrontProxy,
        meaning: "A client's certificate verifies against the requestheader CA, but the list of allowed names holds one empty or quoted \
            name, so that nobody is allowed: --requestheader-allowed-names=\"\" kept its quotes on the way to the server. Name the proxy \
            client there, and never a component of Kubernetes or an administrator (`system:…`, `kubernetes-admin`). If `{name}` is an \
            ordinary client (a kubelet, the scheduler, an admin), the requestheader CA also issues ordinary client certificates, and a \
            list without names would let each of them be any user: the front proxy needs a CA of its own.",
        rules: &["allowed-names-blank-entry", "proxy-client-name-not-allowed", "ca-reused"],
        next: &[CHECK],
    },
    Message {
        pattern: concat!(
            r#"(?:x509: subject |\b)with cn=(?P<name>"#,
            identities_of_others!(),
            r#") is not (?:in the allowed list|allowed)(?:: (?P<list>\[[^\]]*\]))?"#
        ),
        printed_by: "kube-apiserver and every extension API server (k8s.io/apiserver, x509.Verifier.verifySubject)",
        about: About::FrontProxy,
        meaning: "A client's certificate verifies against the requestheader CA, and its common name `{name}` is that of a component of \
            Kubernetes or of an administrator. Never put that name into --requestheader-allowed-names {list}: whoever has a certificate \
            with it could be any user. The CA that issues ordinary client certificates is also the requestheader CA, which should have a \
            CA of its own. If kube-apiserver shows that certificate as its proxy client (--proxy-client-cert-file), make one for that \
            purpose alone; extension API servers answer 401, or 403 where they take it for the user `{name}`. If it is an ordinary client, \
            the line itself does no harm: the next authenticator is asked.",
        rules: &["ca-reused", "proxy-client-name-not-allowed", "proxy-client-also-a-user"],
        next: &["aggcert init DIR    # a directory of its own for the new CA", CHECK],
    },
    Message {
        // The front or the end of it may be cut off.
        pattern: r#"x509: subject with cn=(?P<name>[^"\n]*?) is not (?:in the allowed list|allowed)(?:: (?P<list>\[[^\]]*\]))?|(?:\w{0,6}ject )?with cn=(?P<rest>[^"\n]{0,120}?) is not in the allowed(?: l\w{0,3})?\b"#,
        printed_by: "kube-apiserver and every extension API server (k8s.io/apiserver, x509.Verifier.verifySubject)",
        about: About::FrontProxy,
        meaning: "A client's certificate verifies against the requestheader CA, but its common name `{name}{rest}` is not one of \
            --requestheader-allowed-names {list}. If `{name}{rest}` is your proxy client, kube-apiserver cannot prove to \
            extension API servers who it is, and they answer 401, or 403 where their client CA takes it for a user: allow that name. \
            If it is an ordinary client (a kubelet, the scheduler, an admin), then the requestheader CA also issues ordinary client certificates: the two CAs are \
            one, and whoever gets a certificate with an allowed name from it can be any user. The line itself does no harm: \
            the next authenticator is asked.",
        rules: &["proxy-client-name-not-allowed", "ca-reused", "allowed-names-whitespace"],
        next: &[CHECK, "openssl x509 -noout -subject -in /etc/kubernetes/pki/front-proxy-client.crt"],
    },
    Message {
        pattern: r"error building peer proxy handler, proxy-(?P<half>cert|key)-file not specified",
        printed_by: "kube-apiserver, which does not start (pkg/controlplane/apiserver/options.go, BuildPeerProxy)",
        about: About::FrontProxy,
        meaning: "kube-apiserver is to pass requests on to other kube-apiservers (UnknownVersionInteroperabilityProxy), for which it shows \
            its proxy client, and --proxy-client-{half}-file is not set. It does not start until it is, or the feature is off.",
        rules: &["proxy-client-missing", "server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        pattern: r"(?i)\bcn(?: ?[=:] ?| )[\x22']?(?P<name>[\w:.@-]{1,80})[\x22']?[^\n]{0,60}? not (?:one of|in|among|part of|listed in|allowed by)\b[^\n]{0,30}?(?:requestheader-allowed-names|allowed names)[^\n]{0,80}",
        printed_by: "an extension API server with a request header authenticator of its own",
        about: About::FrontProxy,
        meaning: "The common name `{name}` of a client's certificate is not one of the allowed names, which the server has from \
            --requestheader-allowed-names or from the ConfigMap kube-system/extension-apiserver-authentication. If `{name}` is \
            kube-apiserver's proxy client, allow that name; if it is an ordinary client, the line does no harm.",
        rules: &["proxy-client-name-not-allowed", "configmap-drift", "ca-reused"],
        next: &[CHECK],
    },
    Message {
        pattern: r"(?i)not (?:signed|issued|verified) by (?:the |any )?(?:CA of )?requestheader[- ]?client[- ]?ca[^\n]{0,80}",
        printed_by: "an extension API server with a request header authenticator of its own",
        about: About::FrontProxy,
        meaning: "A client's certificate does not verify against the requestheader CA that the server knows, so the X-Remote-* headers of \
            its request do not count. Is it kube-apiserver, its proxy client is of another CA than the one in the ConfigMap \
            kube-system/extension-apiserver-authentication, or the server pins one of its own; is it anybody else, that is as it should \
            be.",
        rules: &["proxy-client-untrusted", "extension-ca-pinned", "configmap-drift", "node-drift"],
        next: &[CHECK],
    },
    Message {
        pattern: r"no valid CN found\. allowed names: (?P<list>[^\n,]{0,200}), client names: (?P<names>[^\n\x22]{0,200})",
        printed_by: "linkerd's tap (viz/tap/api, apiServer.validate)",
        about: About::FrontProxy,
        meaning: "The client's certificate has none of the allowed names: its are {names}, and the ConfigMap \
            kube-system/extension-apiserver-authentication allows {list}. Was it kube-apiserver, its proxy client has another common name \
            than --requestheader-allowed-names; anybody else who asks tap directly is refused rightly.",
        rules: &["proxy-client-name-not-allowed"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"(?:error loading CA bundle for|loading) "(?P<bundle>[^"]*)": (?P<why>x509: [^"\n]*)"#,
        printed_by: "a server built on k8s.io/apiserver (dynamiccertificates)",
        about: About::NotTold,
        meaning: "A certificate in the bundle `{bundle}` does not parse ({why}). One bad block is enough: a server that starts with it \
            ends; one that runs (`key failed with`) keeps the CAs that it had, until its next start.",
        rules: &["ca-bundle-unreadable"],
        next: &[CHECK],
    },
    Message {
        pattern: r"(?i:\bsecret\b|serving|certificate and key|key ?pair|cert/key|-tls\b)[^\n]{0,160}data does not contain any valid RSA or ECDSA certificates",
        printed_by: "a program that reads its own certificate, from a Secret or a file (client-go, cert.ParseCertsPEM)",
        about: About::NotTold,
        meaning: "What is read as the certificate of a pair, most often the *serving* certificate of the program that says so, holds no \
            `BEGIN CERTIFICATE` block: the Secret or file is empty, not written yet, or holds only a key. Whether the program makes \
            another or ends, it says itself. The front proxy's CA and client are read in other words.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"(?:[cC][aA]Bundle|ca bundle)\b[^\n]{0,160}(?:: |err:)data does not contain any valid RSA or ECDSA certificates",
        printed_by: "a program that reads a caBundle (client-go, cert.ParseCertsPEM)",
        about: About::NotTold,
        meaning: "A caBundle holds no `BEGIN CERTIFICATE` block: it is DER, base64 twice, holds only a key, or its blocks are `TRUSTED \
            CERTIFICATE`s. The words before it say whose bundle that is; a file of CAs that a server starts with ends it, and one that \
            runs keeps what it had.",
        rules: &["ca-bundle-unreadable", "apiservice-ca-bundle"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"(?:error loading CA bundle for "(?P<bundle>[^"]*)": )?data does not contain any valid RSA or ECDSA certificates"#,
        printed_by: "kube-apiserver at start-up, or who else reads a CA file (client-go, cert.ParseCertsPEM)",
        about: About::NotTold,
        meaning: "The CA file holds no `BEGIN CERTIFICATE` block: it is DER, it holds only a key, or its blocks are `TRUSTED \
            CERTIFICATE`s. A server that starts with it ends; one that runs (`key failed with`) keeps the CAs that it had, until its next \
            start.",
        rules: &["ca-bundle-unreadable"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"FLAG: --(?P<flag>authentication-skip-lookup|authentication-tolerate-lookup-failure)=[\\"]{1,2}false"#,
        printed_by: "a server at start-up, of each of its flags (component-base, PrintFlags)",
        about: About::NoFailure,
        meaning: "This is no failure: --{flag} is off, so the server looks the ConfigMap kube-system/extension-apiserver-authentication up \
            and does not start without it.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"FLAG: --(?P<flag>requestheader-uid-headers)=[\\"]{1,2}\[?\]?[\\"]"#,
        printed_by: "a server at start-up, of each of its flags (component-base, PrintFlags)",
        about: About::NoFailure,
        meaning: "This is no failure: --{flag} has no value by default, and users have no UID in requests that are proxied then.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"FLAG: --(?P<flag>requestheader-[a-z-]+|proxy-client-(?:cert|key)-file)=[\\"]{1,2}(?P<value>\[?\]?)[\\"]"#,
        printed_by: "a server at start-up, of each of its flags (component-base, PrintFlags)",
        about: About::FrontProxy,
        meaning: "--{flag} has no value here. Of kube-apiserver that counts: without --proxy-client-cert-file it shows extension API \
            servers no certificate, without --requestheader-client-ca-file they learn of no CA, and an empty --requestheader-allowed-names \
            lets any certificate of that CA be a front proxy. An extension API server takes all of them from the ConfigMap where it has no \
            flag.",
        rules: &["allowed-names-empty", "proxy-client-missing", "requestheader-ca-missing"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"FLAG: --(?P<flag>requestheader-[a-z-]+|proxy-client-(?:cert|key)-file)=[\\"]{1,2}(?P<value>[^"\\\n]{1,200})"#,
        printed_by: "a server at start-up, of each of its flags (component-base, PrintFlags)",
        about: About::NoFailure,
        meaning: "This is no failure: --{flag} is `{value}` in this server. `aggcert check` judges a log with these lines as it judges a \
            manifest.",
        rules: &[],
        next: &["aggcert check FILE    # the log"],
    },
    Message {
        pattern: r"--(?P<flag>requestheader-[a-z-]+|proxy-client-(?:cert|key)-file) (?:strings?|stringArray|stringSlice)\s[^\n]{0,300}",
        printed_by: "a program that prints the help of its flags (pflag)",
        about: About::NotTold,
        meaning: "This is the help of --{flag}, which a program prints when it is asked to, and when another flag is wrong: that one is \
            named in the first or the last line of the help.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"(?:unknown flag: |flag provided but not defined: )(?P<flag>--?(?:request-?header|proxy-client|enable-aggregator)[^\s"']*)"#,
        printed_by: "kube-apiserver, or another component, at start-up (pflag)",
        about: About::FrontProxy,
        meaning: "There is no flag `{flag}` in this version of the component: it is misspelt, or belongs to another one. The \
            component does not start.",
        rules: &["flag-unknown"],
        next: &[CHECK, "kube-apiserver --help"],
    },
    Message {
        pattern: r#"(?:unknown flag: |flag provided but not defined: )(?P<flag>--?[^\s"'-][^\s"']*)"#,
        printed_by: "a program at start-up (pflag, flag)",
        about: About::SomethingElse,
        meaning: "There is no flag `{flag}` in this version of the program, which does not start, unless the next lines show that it goes \
            on (a library may have flags of its own): it is misspelt, or was removed. The flags of the front proxy are other ones.",
        rules: &["flag-unknown"],
        next: &["kube-apiserver --help    # or the program's whose flag it is"],
    },
    Message {
        pattern: r"Flag (?P<flag>--[a-z-]+) has been deprecated[^\n]{0,160}",
        printed_by: "a program at start-up (pflag)",
        about: About::SomethingElse,
        meaning: "This is no failure yet: this version still takes `{flag}`, and a later one will not. Behind it the line may say what takes \
            its place, or that it does nothing any more.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"flag needs an argument: (?P<flag>--?[^\s"']+)"#,
        printed_by: "a program at start-up (pflag)",
        about: About::SomethingElse,
        meaning: "`{flag}` is the last argument and its value is missing: the line ends too early (a backslash with a blank \
            behind it ends a command), or a variable is empty. The program does not start.",
        rules: &["server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        pattern: r"expected 1 UID, but found multiple: \[[^\]]*\]|UID cannot be an empty string|unable to parse UID into a string",
        printed_by: "kube-apiserver or an extension API server (k8s.io/apiserver, CommonNameUserConversion)",
        about: About::SomethingElse,
        meaning: "A client's certificate has the attribute 1.3.6.1.4.1.57683.2 (the user's UID) more than once, empty, or not as text, and \
            the X.509 authenticator refuses it: issue it again with one UID or none. The front proxy's certificate needs none.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r"unknown shorthand flag: '.' in (?P<argument>-(?:request-?header|proxy-client|enable-aggregator)[^\s]*)",
        printed_by: "kube-apiserver, or another program, at start-up (pflag)",
        about: About::FrontProxy,
        meaning: "`{argument}` begins with one dash, so pflag reads it as a bundle of one-letter flags. Write it with two. \
            The program does not start.",
        rules: &["flag-unknown", "server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        pattern: r"unknown shorthand flag: '(?P<letter>.)' in (?P<argument>-[^\s]+)",
        printed_by: "a program at start-up (pflag)",
        about: About::SomethingElse,
        meaning: "The program has no one-letter flag `{letter}`, or `{argument}` is a long one that wants two dashes. The flags of the \
            front proxy are other ones.",
        rules: &[],
        next: &[],
    },
    Message {
        pattern: r#"empty value in "(?P<flag>requestheader-[a-z-]+)""#,
        printed_by: "kube-apiserver at start-up (RequestHeaderAuthenticationOptions.Validate)",
        about: About::FrontProxy,
        meaning: "The list --{flag} has an entry that is empty or only blanks: quotes that reached the server (`=\"\"`), or \
            a comma too many. kube-apiserver does not start. An empty list is written `--{flag}=`.",
        rules: &["allowed-names-blank-entry", "server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        pattern: "--requestheader-uid-headers requires the .{0,4}RemoteRequestHeaderUID.{0,4} feature to be enabled",
        printed_by: "kube-apiserver 1.32 at start-up (RequestHeaderAuthenticationOptions.Validate)",
        about: About::FrontProxy,
        meaning: "kube-apiserver does not start: --requestheader-uid-headers is alpha in 1.32 and needs \
            --feature-gates=RemoteRequestHeaderUID=true; from 1.33 on it works without. Leave the flag out until then.",
        rules: &["server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        pattern: r"--requestheader-(?P<list>username-headers|group-headers|extra-headers-prefix|uid-headers) is set without specifying the standard (?P<header>X-Remote-[A-Za-z-]+)|API aggregation will not work",
        printed_by: "kube-apiserver at start-up (RequestHeaderAuthenticationOptions.Validate)",
        about: About::FrontProxy,
        meaning: "The --requestheader-* lists do not hold the standard headers (X-Remote-User, X-Remote-Group, \
            X-Remote-Extra-), which kube-apiserver itself sends: extension API servers would not see who the user is. With \
            X-Remote-Uid missing from a list of its own it does not start; for the others it starts and aggregation does \
            not work.",
        rules: &["requestheader-headers-nonstandard"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"invalid argument [\\"]{0,4}(?P<value>[^"\n]{0,120}?)[\\"]{0,4} for [\\"]{0,4}(?P<flag>--(?:requestheader|proxy-client|enable-aggregator)[\w-]*)[^:\n]{0,12} flag: (?P<why>[^\n]{0,160})"#,
        printed_by: "kube-apiserver, or another component, at start-up (pflag)",
        about: About::FrontProxy,
        meaning: NOT_OF_ITS_KIND,
        rules: &["server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"invalid argument [\\"]{0,4}(?P<value>[^"\n]{0,120}?)[\\"]{0,4} for [\\"]{0,4}(?P<flag>--?[\w-]+)[^:\n]{0,12} flag: (?P<why>[^\n]{0,160})"#,
        printed_by: "kube-apiserver, or another program, at start-up (pflag)",
        about: About::SomethingElse,
        meaning: NOT_OF_ITS_KIND,
        rules: &["server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        pattern: "missing a client certificate along with a key to identify the proxy to the API server",
        printed_by: "kube-aggregator as a server of its own, at start-up (pkg/cmd/server, AggregatorOptions.RunAggregator)",
        about: About::FrontProxy,
        meaning: "The aggregator does not start: it has no --proxy-client-cert-file and --proxy-client-key-file, and without them no \
            extension API server can tell who it is.",
        rules: &["proxy-client-missing"],
        next: &[CHECK],
    },
    Message {
        pattern: r#"empty header [\\"]{2,4}"#,
        printed_by: HEADER_LISTS,
        about: About::FrontProxy,
        meaning: "The server does not start, or does not take the ConfigMap's lists: a list of header names \
            (--requestheader-username-headers, -group-headers, -extra-headers-prefix) has an entry that is empty or only \
            blanks.",
        rules: &["requestheader-headers-missing", "configmap-list-unreadable", "server-refuses-to-start"],
        next: &[CHECK],
    },
    Message {
        pattern: "An admission plugin wants a client cert/key, but they were not provided",
        printed_by: "kube-apiserver up to 1.8, at start-up",
        about: About::FrontProxy,
        meaning: "kube-apiserver does not start: an admission plug-in that calls webhooks shows them the proxy client's certificate \
            in these versions, and --proxy-client-cert-file and --proxy-client-key-file are missing.",
        rules: &["proxy-client-missing"],
        next: &[CHECK],
    },
];
