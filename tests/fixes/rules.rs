//! Each rule, with the fault that it finds.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use rcgen::{ExtendedKeyUsagePurpose, IsCa};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::node::{Issued, Node};

/// Rules whose fix is more than what can be typed on one machine, and why.
const UNTYPED: [(&str, &str); 19] = [
    ("aggregator-routing-service", "a person knows how the API server can reach Services"),
    ("requestheader-ca-not-loaded", "a running server is asked, and the fix is to its Deployment"),
    ("apiservice-unavailable", "it is the cluster's, and the command says what the message means"),
    ("ca-bundle-duplicate", "a person takes a block out of a file"),
    ("ca-key-on-server", "a person knows which place is offline"),
    ("certificate-ambiguous", "it is renewed or rotated, as in the cases of other rules"),
    ("component-refuses-to-start", "it is the file that a person meant"),
    ("configmap-ca-reused", "each server needs the CA that ca-reused makes before the ConfigMap has it"),
    ("configmap-incomplete", "it is the servers that lack a CA, as in the case of requestheader-ca-missing"),
    ("configmap-residue", "a person knows which CAs are still in use"),
    ("configmap-too-large", "the patch is that of configmap-stale-ca"),
    ("controller-manager-names-empty", "the proxy client is kube-apiserver's, and is not seen at another component"),
    ("flag-unknown", "a person knows which flag was meant"),
    ("ignore-expired", "it is a line of aggcert.toml"),
    ("ignore-unused", "it is a line of aggcert.toml, or a comment"),
    ("key-orphaned", "a person finds out who still uses it"),
    ("node-drift", "it is on another machine"),
    ("reload-watch-dead", "the command lists the links, a person decides"),
    ("host-port-taken", "a person chooses a port"),
];

/// A rule, and what makes a good node one that it finds fault with.
pub(crate) type Case = (&'static str, fn(&mut Node));

pub(crate) const CASES: &[Case] = &[
    ("identity-spoofable", |node| {
        one_ca(node);
        node.set("requestheader-allowed-names", "");
    }),
    ("ca-reused", one_ca),
    ("component-ca-reused", |node| {
        node.manager = manager(node, "ca.crt");
    }),
    ("component-drift", |node| {
        node.write("old-ca.crt", &Issued::ca("old", |_| {}).pem);
        node.manager = manager(node, "old-ca.crt");
    }),
    ("csr-signer-reaches-requestheader", |node| {
        node.manager = manager(node, "front-proxy-ca.crt");
        node.manager.push(format!("--cluster-signing-cert-file={}", node.pki("front-proxy-ca.crt")));
        node.manager.push(format!("--cluster-signing-key-file={}", node.pki("front-proxy-ca.key")));
    }),
    ("ca-key-reused", |node| node.use_ca(node.client_ca.renamed("front-proxy-ca"))),
    ("requestheader-ca-logs-in", |node| node.use_ca(node.client_ca.ca_below("front-proxy-ca"))),
    ("shared-root", |node| {
        let root = Issued::ca("root", |_| {});
        node.client_ca = root.ca_below("kubernetes");
        node.write("ca.crt", &node.client_ca.pem);
        node.use_ca(root.ca_below("front-proxy-ca"));
    }),
    ("ca-subject-shared", |node| node.use_ca(Issued::ca("kubernetes", |_| {}))),
    ("ca-shared-with-other-role", |node| {
        let serving = node.front_proxy_ca.client("kube-apiserver", |_| {});
        node.write("apiserver.crt", &serving.pem);
        node.write("apiserver.key", &serving.key_pem);
        serve(node, "apiserver");
    }),
    ("allowed-names-empty", |node| node.set("requestheader-allowed-names", "")),
    ("allowed-names-too-wide", |node| {
        node.set("requestheader-allowed-names", "front-proxy-client,system:node:a,admin");
    }),
    ("allowed-names-too-wide", |node| {
        node.write_client(&node.front_proxy_ca.client("system:masters", |_| {}));
        node.set("requestheader-allowed-names", "system:masters");
    }),
    ("allowed-names-blank-entry", |node| node.set("requestheader-allowed-names", "front-proxy-client,")),
    ("allowed-names-whitespace", |node| node.set("requestheader-allowed-names", " front-proxy-client")),
    ("proxy-client-missing", |node| node.unset("proxy-client-key-file")),
    ("proxy-client-missing", |node| {
        node.unset("proxy-client-key-file");
        node.unset("proxy-client-cert-file");
    }),
    ("proxy-client-untrusted", |node| {
        node.write_client(&Issued::ca("other", |_| {}).client("front-proxy-client", |_| {}));
    }),
    ("proxy-client-also-a-user", |node| node.write_client(&node.client_ca.client("front-proxy-client", |_| {}))),
    ("proxy-client-name-not-allowed", |node| node.set("requestheader-allowed-names", "aggregator")),
    ("proxy-client-usage", |node| {
        let server = [ExtendedKeyUsagePurpose::ServerAuth].to_vec();
        node.write_client(
            &node.front_proxy_ca.client("front-proxy-client", |params| params.extended_key_usages = server),
        );
    }),
    ("proxy-client-expired", |node| client_until(node, -1)),
    ("proxy-client-expiring", |node| client_until(node, 9)),
    ("validity-too-long", |node| client_until(node, 2000)),
    ("proxy-client-key-mismatch", |node| {
        node.write("front-proxy-client.key", &node.front_proxy_ca.client("x", |_| {}).key_pem);
    }),
    ("proxy-client-outlives-ca", |node| node.use_ca(ca_until(100))),
    ("proxy-client-is-serving-certificate", |node| serve(node, "front-proxy-client")),
    ("proxy-client-is-serving-certificate", |node| {
        let both = node.front_proxy_ca.client("front-proxy-client", |_| {});
        node.write("apiserver.crt", &both.pem);
        node.write("apiserver.key", &both.key_pem);
        serve(node, "apiserver");
        node.set("proxy-client-cert-file", &node.pki("apiserver.crt"));
        node.set("proxy-client-key-file", &node.pki("apiserver.key"));
    }),
    ("requestheader-ca-missing", |node| node.unset("requestheader-client-ca-file")),
    ("requestheader-headers-missing", |node| node.unset("requestheader-username-headers")),
    ("requestheader-headers-missing", |node| node.unset("requestheader-extra-headers-prefix")),
    ("requestheader-headers-nonstandard", |node| node.set("requestheader-uid-headers", "X-Id")),
    ("requestheader-headers-nonstandard", |node| node.set("requestheader-group-headers", "X-Group")),
    ("extra-prefix-without-dash", |node| node.set("requestheader-extra-headers-prefix", "X-Remote-Extra")),
    ("literal-quotes", |node| node.set("client-ca-file", &format!("\"{}\"", node.pki("ca.crt")))),
    ("literal-quotes", |node| node.set("requestheader-allowed-names", "'front-proxy-client'")),
    ("flag-repeated", |node| {
        let other = format!("--client-ca-file={}", node.pki("front-proxy-ca.crt"));
        node.flags.insert(0, other);
    }),
    ("flag-repeated", |node| node.flags.push("--requestheader-allowed-names=front-proxy-client".to_owned())),
    ("server-refuses-to-start", |node| {
        node.unset("requestheader-username-headers");
        node.flags.push("-requestheader-username-headers=X-Remote-User".to_owned());
    }),
    ("server-refuses-to-start", |node| {
        remove(node, "front-proxy-client.crt");
        remove(node, "front-proxy-client.key");
    }),
    ("aggregation-not-configured", |node| node.flags.retain(|flag| flag.starts_with("--client-ca-file="))),
    ("ca-expired", |node| node.use_ca(ca_until(-1))),
    ("ca-expiring", |node| {
        node.use_ca(ca_until(9));
        client_until(node, 8);
    }),
    ("ca-cannot-sign", |node| node.use_ca(Issued::ca("front-proxy-ca", |params| params.is_ca = IsCa::ExplicitNoCa))),
    ("ca-bundle-unreadable", |node| remove(node, "front-proxy-ca.crt")),
    ("ca-bundle-unreadable", |node| fs::write(node.pki("front-proxy-ca.crt"), &node.front_proxy_ca.der).unwrap()),
    ("weak-key", |node| sign_with_openssl(node, "rsa:1024", "-sha256")),
    ("weak-signature", |node| sign_with_openssl(node, "rsa:2048", "-sha1")),
    ("private-key-in-bundle", |node| {
        node.write("front-proxy-ca.crt", &format!("{}{}", node.front_proxy_ca.pem, node.front_proxy_ca.key_pem));
    }),
    ("key-permissions", |node| permit(node, "front-proxy-client.key", 0o644)),
    ("key-permissions", |node| permit(node, "", 0o777)),
    ("configmap-drift", |node| {
        node.config_map()["data"]["requestheader-client-ca-file"] = json!(Issued::ca("other", |_| {}).pem);
    }),
    ("configmap-drift", |node| node.config_map()["data"]["requestheader-allowed-names"] = json!("[\"other\"]")),
    ("configmap-stale-ca", |node| {
        let both = format!("{}{}", Issued::ca("old", |_| {}).pem, node.front_proxy_ca.pem);
        node.config_map()["data"]["requestheader-client-ca-file"] = json!(both);
    }),
    ("configmap-stale-name", |node| {
        node.config_map()["data"]["requestheader-allowed-names"] = json!("[\"old\",\"front-proxy-client\"]");
    }),
    ("configmap-list-unreadable", |node| {
        node.config_map()["data"]["requestheader-group-headers"] = json!("X-Remote-Group");
    }),
    ("apiservice-insecure", |node| api_service(node, json!({"insecureSkipTLSVerify": true}))),
    ("apiservice-insecure", |node| {
        let bundle = base64(node, &node.client_ca.pem);
        api_service(node, json!({"insecureSkipTLSVerify": true, "caBundle": bundle}));
    }),
    ("apiservice-ca-bundle", |node| {
        let bundle = base64(node, &Issued::ca("metrics", |params| params.not_after = in_days(-1)).pem);
        api_service(node, json!({"caBundle": bundle}));
    }),
];

#[test]
fn what_a_fix_prints_takes_the_fault_away_and_brings_no_other() {
    assert_eq!(Node::new().rules().iter().filter(|(_, severity)| severity != "note").count(), 0);
    let mut failed = Vec::new();
    for (index, (rule, fault)) in CASES.iter().enumerate() {
        let mut node = Node::new();
        fault(&mut node);
        let before = node.rules();
        if let Err(error) = node.fix(rule) {
            failed.push(format!("case {index}, {rule}: {error}"));
            continue;
        }
        // A name is allowed before anybody shows it, and taken away after.
        while *rule == "allowed-names-too-wide" && node.fix(rule).is_ok() {}
        if ["ca-expiring", "private-key-in-bundle"].contains(rule) {
            assert!(node.rotate_to_the_end(), "{rule}");
        }
        let after = node.rules();
        let gone = after.iter().all(|(found, _)| found != rule);
        let new: Vec<_> = after.difference(&before).filter(|(_, severity)| severity != "note").collect();
        if !gone || !new.is_empty() {
            failed.push(format!("case {index}, {rule}: {after:?}, before: {before:?}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Of an extension API server's objects in a cluster, where `tests/live/extension.rs` breaks and heals them.
const IN_A_CLUSTER: [&str; 14] = [
    "apiservice-port",
    "apiservice-service-missing",
    "extension-auth-delegator",
    "extension-ca-pinned",
    "extension-ca-reused",
    "extension-lookup-skipped",
    "extension-lookup-tolerated",
    "extension-names-empty",
    "extension-reader-binding",
    "serving-certificate-expired",
    "serving-certificate-in-memory",
    "serving-certificate-name",
    "serving-certificate-untrusted",
    "serving-certificate-usage",
];

#[test]
fn every_rule_has_a_case_or_a_reason() {
    let live = include_str!("../live/extension.rs");
    for rule in aggcert::lint::rules::ALL {
        let in_a_cluster = IN_A_CLUSTER.contains(&rule.id);
        assert!(!in_a_cluster || live.contains(&format!("\"{}\"", rule.id)), "{} has no live test", rule.id);
        let tried = in_a_cluster || CASES.iter().any(|(id, _)| *id == rule.id);
        let untyped = UNTYPED.iter().any(|(id, _)| *id == rule.id);
        assert!(tried != untyped, "{}: tried {tried}, with a reason why not {untyped}", rule.id);
    }
}

fn in_days(days: i64) -> OffsetDateTime {
    OffsetDateTime::now_utc() + Duration::days(days)
}

/// One CA for both purposes.
fn one_ca(node: &mut Node) {
    node.set("requestheader-client-ca-file", &node.pki("ca.crt"));
    node.write_client(&node.client_ca.client("front-proxy-client", |_| {}));
}

/// A controller manager with this CA for front proxies.
fn manager(node: &Node, ca: &str) -> Vec<String> {
    let of_server = |flag: &&String| flag.starts_with("--requestheader-") && !flag.contains("-ca-file");
    let mut flags: Vec<String> = node.flags.iter().filter(of_server).cloned().collect();
    flags.push(format!("--client-ca-file={}", node.pki("ca.crt")));
    flags.push(format!("--requestheader-client-ca-file={}", node.pki(ca)));
    flags
}

fn serve(node: &mut Node, name: &str) {
    node.set("tls-cert-file", &node.pki(&format!("{name}.crt")));
    node.set("tls-private-key-file", &node.pki(&format!("{name}.key")));
}

fn ca_until(days: i64) -> Issued {
    Issued::ca("front-proxy-ca", |params| {
        params.not_before = in_days(-100);
        params.not_after = in_days(days);
    })
}

fn client_until(node: &Node, days: i64) {
    node.write_client(&node.front_proxy_ca.client("front-proxy-client", |params| {
        params.not_before = in_days(-100);
        params.not_after = in_days(days);
    }));
}

/// Where it is still there.
pub(crate) fn remove(node: &Node, name: &str) {
    let _ = fs::remove_file(node.pki(name));
}

fn permit(node: &Node, name: &str, mode: u32) {
    let _ = fs::set_permissions(node.pki(name), fs::Permissions::from_mode(mode));
}

/// A proxy client of another key or digest than rcgen makes, where the CA can still sign one.
fn sign_with_openssl(node: &mut Node, key: &str, digest: &str) {
    let script = format!(
        "cd pki; printf extendedKeyUsage=clientAuth > ext; openssl req -newkey {key} -nodes -keyout front-proxy-client.key \
         -subj /CN=front-proxy-client -out csr; openssl x509 -req {digest} -days 300 -in csr -CA front-proxy-ca.crt -CAkey \
         front-proxy-ca.key -extfile ext -out front-proxy-client.crt; rm csr ext; chmod 600 front-proxy-client.key"
    );
    node.run(Command::new("bash").args(["-euc", &script]));
}

fn base64(node: &Node, text: &str) -> String {
    fs::write(node.path("text"), text).unwrap();
    let encoded = node.run(Command::new("base64").args(["-w0", "text"]));
    String::from_utf8(encoded.stdout).unwrap()
}

/// With the CA of its server's certificate where the fix has it.
fn api_service(node: &mut Node, mut spec: serde_json::Value) {
    spec["service"] = json!({"name": "metrics-server", "namespace": "kube-system"});
    let metadata = json!({"name": "v1beta1.metrics.k8s.io"});
    let kind = "APIService";
    node.objects
        .push(json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": kind, "metadata": metadata, "spec": spec}));
    fs::create_dir(node.path("v1beta1.metrics.k8s.io")).unwrap();
    fs::write(node.path("v1beta1.metrics.k8s.io/serving-ca.crt"), &node.client_ca.pem).unwrap();
}
