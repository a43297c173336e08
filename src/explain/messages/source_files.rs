//! klog's header names the source file that speaks (`E1125 10:00:00.000000 1 requestheader_controller.go:231]`): which part of a
//! server that is, and so whose matter a line is whose words nobody has met.

use super::{About, CHECK_CONDITIONS, CHECK_CONFIG_MAP, CHECK_OBJECTS, Message};

/// klog's header with severities and a source file.
macro_rules! header {
    ($severities:literal, $file:literal) => {
        concat!(r"\b", $severities, r"\d{4} \d\d:\d\d:\d\d[\d.]* +\d+ (?:[\w./-]*/)?", $file, r"\.go:\d+\]")
    };
}

/// A row for lines of a file that tell of a failure, or may, and one for those that tell of none.
macro_rules! source_files {
    ($(($file:literal, $about:expr, $part:literal, $does:literal, $next:expr),)*) => {
        /// Errors and warnings, and what was logged as information and has words of a failure.
        pub(super) static FAILURES: &[Message] = &[$(Message {
            pattern: concat!(
                header!("[WEF]", $file), r" (?P<why>[^\n]{1,300})|",
                header!("I", $file), r" (?P<said>[^\n]{0,300}", super::severity::failure!(), r"[^\n]{0,200})",
            ),
            printed_by: $part,
            about: $about,
            meaning: concat!(
                "The message is not one that aggcert knows, but which part of the server speaks is: it ", $does,
                ". Something went wrong there, or is unusual, and the words behind the source file say what: {why}{said}",
            ),
            rules: &[],
            next: $next,
            ..Message::PLAIN
        }),*];

        /// What is logged as information.
        pub(super) static INFORMATION: &[Message] = &[$(Message {
            pattern: concat!(header!("I", $file), r" [^\n]{1,300}"),
            printed_by: $part,
            about: About::NoFailure,
            meaning: concat!(
                "This is no failure: the line is one of information (I). The part of the server that speaks ", $does, ".",
            ),
            rules: &[],
            next: &[],
            ..Message::PLAIN
        }),*];
    };
}

source_files![
    (
        "requestheader_controller",
        About::ExtensionServer,
        "an extension API server (k8s.io/apiserver, headerrequest)",
        "reads the names and headers of the front proxy in kube-system/extension-apiserver-authentication",
        &[CHECK_CONFIG_MAP]
    ),
    (
        "configmap_cafile_content",
        About::NotTold,
        "an extension API server, or a component with a port of its own (k8s.io/apiserver, dynamiccertificates)",
        "reads CAs in a ConfigMap, most often those of its clients and of the front proxy in kube-system/extension-apiserver-authentication",
        &[CHECK_CONFIG_MAP]
    ),
    (
        "cluster_authentication_trust_controller",
        About::FrontProxy,
        "kube-apiserver (controlplane/controller/clusterauthenticationtrust)",
        "writes --client-ca-file and the --requestheader-* flags into kube-system/extension-apiserver-authentication, by which extension API servers know the front proxy",
        &[CHECK_CONFIG_MAP]
    ),
    (
        "dynamic_(?:cafile|serving|sni)_content",
        About::NotTold,
        "a server built on k8s.io/apiserver (dynamiccertificates)",
        "watches the files of a CA, or of a certificate and its key, and takes what is new in them",
        &[super::CHECK]
    ),
    (
        "(?:apiservice_controller|(?:local_|remote_)?available_controller)",
        About::ExtensionServer,
        "kube-apiserver's aggregator (kube-aggregator)",
        "looks after APIServices: whether their extension API servers can be reached, and which requests go to them",
        &[CHECK_CONDITIONS]
    ),
    (
        "handler_(?:proxy|apis)",
        About::ExtensionServer,
        "kube-apiserver's aggregator (kube-aggregator)",
        "passes requests on to extension API servers",
        &[CHECK_CONDITIONS]
    ),
    (
        "(?:autoregister_controller|crdregistration_controller)",
        About::NotTold,
        "kube-apiserver's aggregator (kube-aggregator, autoregister)",
        "makes APIServices for the groups that kube-apiserver serves itself and for those of CustomResourceDefinitions",
        &[CHECK_CONDITIONS]
    ),
    (
        "(?:secure_serving|genericapiserver|tlsconfig)",
        About::NotTold,
        "a server built on k8s.io/apiserver",
        "puts its APIs together, opens its port, and shows its serving certificate there",
        &[CHECK_OBJECTS]
    ),
];
