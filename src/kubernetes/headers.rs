//! The header names that kube-apiserver uses towards extension API servers.

/// By the flag whose list must hold them (`staging/src/k8s.io/client-go/transport/round_trippers.go`,
/// `SetAuthProxyHeaders`).
pub const STANDARD_HEADERS: [(&str, &str); 4] = [
    ("requestheader-username-headers", "X-Remote-User"),
    ("requestheader-uid-headers", "X-Remote-Uid"),
    ("requestheader-group-headers", "X-Remote-Group"),
    ("requestheader-extra-headers-prefix", "X-Remote-Extra-"),
];

/// Those that every version takes, which installers give: uids came with 1.33. In the order of the flags' names.
pub fn usual_headers() -> impl Iterator<Item = (&'static str, &'static str)> {
    let [user, _, group, extra] = STANDARD_HEADERS;
    [extra, group, user].into_iter()
}
