//! What the rules about extension API servers say is so on a real pair of servers, and their fixes heal it: the objects
//! are read back from kube-apiserver as one List, as `kubectl get -o json` gives it.

use std::net::TcpListener;

use aggcert::kubernetes::KubernetesVersion;
use serde_json::{Value, json};

use crate::harness::{Authority, Client, Request, base64, eventually, free_port};
use crate::pair::{
    API_SERVICE, FLUNDERS, NAMESPACE, Pair, RBAC, Running, binding, healthy, reader, with_pair, with_pair_of,
};

#[test]
fn an_account_without_rights_ends_the_server_or_fails_ordinary_users() {
    with_pair(|pair| {
        drop(healthy(pair));
        // The reader: none, outside of kube-system, as a ClusterRole.
        let wrong_role = ("ClusterRole", "extension-apiserver-authentication-reader");
        let elsewhere = (format!("{RBAC}/namespaces/{NAMESPACE}/rolebindings"), reader());
        let of_cluster = binding("ClusterRoleBinding", "wardle-wrong", None, wrong_role, "apiserver");
        let attempts = [None, Some(elsewhere), Some((format!("{RBAC}/clusterrolebindings"), of_cluster))];
        for attempt in attempts {
            pair.server.admin("DELETE", &format!("{RBAC}/namespaces/kube-system/rolebindings/wardle-reader"), None);
            pair.without("wardle-reader");
            if let Some((collection, mut object)) = attempt {
                object["metadata"].as_object_mut().unwrap().remove("namespace");
                pair.server.replace(&collection, object);
            }
            let log = pair.start().expect_err("it ends");
            assert!(log.contains("extension-apiserver-authentication") && log.contains("is forbidden"), "{log}");
            let commands = pair.finds("extension-reader-binding");
            pair.run(&commands[0]);
            assert!(!pair.findings().contains_key("extension-reader-binding"));
            drop(pair.start().unwrap());
            pair.server.admin(
                "DELETE",
                &format!("{RBAC}/namespaces/kube-system/rolebindings/wardle-auth-reader"),
                None,
            );
        }
        // The delegator.
        pair.healthy();
        let _running = pair.start().unwrap();
        pair.server.admin("DELETE", &format!("{RBAC}/clusterrolebindings/wardle-delegator"), None);
        eventually("ordinary users get 500", || pair.alice() == 500);
        assert_eq!(pair.server.admin("GET", FLUNDERS, None).status, 200, "system:masters pass by it");
        let commands = pair.finds("extension-auth-delegator");
        pair.run(&commands[0]);
        eventually("ordinary users are answered", || pair.alice() == 200);
        assert!(!pair.findings().contains_key("extension-auth-delegator"));
    });
}

/// A flag of the extension server, the rule that finds it, and whether requests get through all the same.
#[test]
fn flags_decide_whom_it_trusts() {
    with_pair(|pair| {
        drop(healthy(pair));
        let reused = pair.client_ca.certificate.clone();
        let mallory = pair.client_ca.client("mallory", &[]);
        let of_front_proxy = pair.front_proxy_ca.client("mallory", &[]);
        let other = pair.control_plane.authority("other");
        let trusted = pair.serving_ca.certificate.clone();
        let as_admin = |running: &Running, client: &Client| {
            let headers = crate::attacks::ADMIN_HEADERS.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let url = format!("https://127.0.0.1:{}{FLUNDERS}", running.port);
            let request = Request { url, client: Some(client), headers: headers.into(), ..Request::default() };
            request.send(&trusted).status
        };

        pair.flag("--authentication-skip-lookup");
        let running = pair.start().unwrap();
        eventually("nobody is known", || [401, 403, 503].contains(&pair.alice()));
        pair.finds("extension-lookup-skipped");
        drop(running);

        for (authority, rule) in [("ca", "extension-ca-reused"), ("pki/front-proxy-ca", "extension-names-empty")] {
            pair.healthy();
            let (directory, name) = authority.rsplit_once('/').unwrap_or((".", authority));
            let authority = Authority::load(&pair.control_plane.file(directory), name);
            pair.ca_flag(&authority);
            let running = pair.start().unwrap();
            let attacker = if authority.certificate == reused { &mallory } else { &of_front_proxy };
            assert_eq!(as_admin(&running, attacker), 200, "{rule}");
            pair.finds(rule);
        }

        pair.healthy();
        pair.ca_flag(&other);
        let _running = pair.start().unwrap();
        eventually("nobody is known", || pair.alice() == 503 || pair.alice() == 401);
        pair.finds("extension-ca-pinned");
    });
}

#[test]
fn a_start_without_the_config_map_lasts() {
    with_pair(|pair| {
        pair.healthy();
        pair.flag("--authentication-tolerate-lookup-failure");
        pair.without("wardle-reader");
        let _running = pair.start().unwrap();
        pair.finds("extension-lookup-tolerated");
        let commands = pair.finds("extension-reader-binding");
        pair.run(&commands[0]);
        // The right comes too late.
        eventually("nobody is known", || [401, 403, 503].contains(&pair.alice()));
    });
}

#[test]
fn serving_certificates_are_refused_as_predicted() {
    with_pair(|pair| {
        drop(healthy(pair));
        let ca = |pair: &Pair<'_>| {
            Authority::load(
                pair.control_plane.path(),
                pair.serving_ca.certificate.file_stem().unwrap().to_str().unwrap(),
            )
        };
        let other = pair.control_plane.authority("other-ca");
        let expired = |authority: &Authority| {
            let mut parameters = rcgen::CertificateParams::new(vec!["api.wardle.svc".to_owned()]).unwrap();
            parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
            parameters.not_after = rcgen::date_time_ymd(2024, 1, 1);
            authority.issue("expired", &parameters)
        };
        let usage = |authority: &Authority| {
            let mut parameters = rcgen::CertificateParams::new(vec!["api.wardle.svc".to_owned()]).unwrap();
            parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
            authority.issue("usage", &parameters)
        };
        let own = ca(pair);
        let rows = [
            ("serving-certificate-untrusted", other.server("api", &["api.wardle.svc"]), "signed by unknown authority"),
            ("serving-certificate-name", own.server("other", &["other.wardle.svc"]), "not api.wardle.svc"),
            ("serving-certificate-expired", expired(&own), "has expired or is not yet valid"),
            ("serving-certificate-usage", usage(&own), "incompatible key usage"),
        ];
        for (rule, certificate, words) in rows {
            pair.healthy();
            pair.serving = certificate;
            let _running = pair.start().unwrap();
            eventually(&format!("{rule}: `{words}`"), || pair.server.admin("GET", FLUNDERS, None).status == 503);
            assert!(pair.findings().keys().any(|found| found == rule), "{rule}: {:?}", pair.findings());
            if pair.control_plane.servers.is_at_least(KubernetesVersion::VERIFIES_AVAILABILITY) {
                eventually(&format!("{rule}: `{words}`"), || pair.condition().1.contains(words));
                pair.finds("apiservice-unavailable");
            }
        }
        // A certificate of its own making.
        pair.healthy();
        pair.flags.push(("--tls-cert-file=".to_owned(), "--tls-cert-file=".to_owned()));
        pair.flags.push(("--tls-private-key-file=".to_owned(), "--tls-private-key-file=".to_owned()));
        pair.flags.push(("--cert-dir=own".to_owned(), "--cert-dir=/own".to_owned()));
        let _running = pair.start().unwrap();
        eventually("nobody trusts it", || pair.server.admin("GET", FLUNDERS, None).status == 503);
        pair.finds("serving-certificate-in-memory");
    });
}

#[test]
fn an_api_service_that_leads_nowhere_is_unavailable_as_predicted() {
    with_pair(|pair| {
        let running = healthy(pair);
        let port = running.port;
        let api_services = "/apis/apiregistration.k8s.io/v1/apiservices";
        let services = format!("/api/v1/namespaces/{NAMESPACE}/services");

        let mut wrong = pair.object(API_SERVICE).clone();
        wrong["spec"]["service"]["port"] = json!(8443);
        pair.server.replace(api_services, wrong);
        eventually("ServicePortError", || pair.condition().0 == "ServicePortError");
        let commands = pair.finds("apiservice-port");
        pair.run(&commands[0]);
        eventually("alice is answered", || pair.alice() == 200);

        let mut wrong = pair.object(API_SERVICE).clone();
        wrong["spec"]["service"]["name"] = json!("apis");
        pair.server.replace(api_services, wrong);
        eventually("ServiceNotFound", || pair.condition().0 == "ServiceNotFound");
        let commands = pair.finds("apiservice-service-missing");
        pair.run(&commands[0]);
        eventually("alice is answered", || pair.alice() == 200);

        pair.register(port, false);
        eventually("MissingEndpoints", || pair.condition().0 == "MissingEndpoints");
        pair.finds("apiservice-service-missing");
        pair.register(port, true);
        eventually("alice is answered", || pair.alice() == 200);

        let external = json!({
            "kind": "Service", "apiVersion": "v1", "metadata": {"name": "api"},
            "spec": {"type": "ExternalName", "externalName": "localhost"},
        });
        pair.server.replace(&services, external);
        pair.beside = vec![kube_apiserver_pod("--enable-aggregator-routing=true")];
        eventually("it is no Service with Pods", || pair.condition().1.contains("unsupported service type"));
        assert_eq!(pair.alice(), 503);
        pair.finds("aggregator-routing-service");
        // The fix: one of the type ClusterIP, with the EndpointSlice that is there.
        let with_pods = pair.object("/services/api").clone();
        pair.server.replace(&services, with_pods);
        eventually("alice is answered", || pair.alice() == 200);
        assert!(!pair.findings().contains_key("aggregator-routing-service"));
    });
}

/// The Pod of a kube-apiserver, of which the rules want to know how it finds the Pods of a Service.
fn kube_apiserver_pod(flag: &str) -> Value {
    json!({
        "kind": "Pod", "apiVersion": "v1", "metadata": {"name": "kube-apiserver", "namespace": "kube-system"},
        "spec": {"containers": [{
            "name": "kube-apiserver", "image": "x", "command": ["kube-apiserver", "--etcd-servers=x", flag],
        }]},
    })
}

/// Without the routing, the address of the Service counts; here each of them is one of loopback, so that it leads to the
/// server without a kube-proxy.
#[test]
fn a_headless_service_has_no_address_for_kube_apiserver() {
    let flags = ["--enable-aggregator-routing=false", "--service-cluster-ip-range=127.0.77.0/24"];
    with_pair_of(&flags, |pair| {
        let services = format!("/api/v1/namespaces/{NAMESPACE}/services");
        let port = free_port();
        pair.healthy();
        pair.beside = vec![kube_apiserver_pod(flags[0])];
        pair.object("/services/api")["spec"]["ports"][0]["port"] = json!(port);
        pair.object(API_SERVICE)["spec"]["service"]["port"] = json!(port);
        let with_address = pair.object("/services/api").clone();
        pair.object("/services/api")["spec"]["clusterIP"] = json!("None");
        let _running = pair.start_on(port).unwrap();
        eventually("there is no address", || pair.condition().1.contains("cannot route to service"));
        assert_eq!(pair.alice(), 503);
        pair.finds("aggregator-routing-service");
        pair.server.replace(&services, with_address);
        eventually("alice is answered", || pair.alice() == 200);
        assert!(!pair.findings().contains_key("aggregator-routing-service"));
    });
}

#[test]
fn a_ca_bundle_that_verifies_nothing_makes_the_api_unavailable() {
    with_pair(|pair| {
        let _running = healthy(pair);
        let api_services = "/apis/apiregistration.k8s.io/v1/apiservices";
        let ended = Authority::changed(pair.control_plane.path(), "ended-ca", |parameters| {
            parameters.not_after = rcgen::date_time_ymd(2024, 1, 1);
        });
        let ended = std::fs::read(ended.certificate).unwrap();
        for bundle in [&b"no PEM"[..], &ended] {
            let mut wrong = pair.object(API_SERVICE).clone();
            wrong["spec"]["caBundle"] = json!(base64(bundle));
            pair.server.replace(api_services, wrong);
            eventually("nothing is verified", || pair.alice() == 503);
            let commands = pair.finds("apiservice-ca-bundle");
            pair.run(&commands[0]);
            eventually("alice is answered", || pair.alice() == 200);
            assert!(!pair.findings().contains_key("apiservice-ca-bundle"));
        }
    });
}

#[test]
fn a_port_that_is_taken_ends_the_server() {
    with_pair(|pair| {
        pair.healthy();
        pair.host_network = true;
        let taken = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        // What has the port on the same host.
        pair.beside = vec![json!({
            "kind": "DaemonSet", "apiVersion": "apps/v1", "metadata": {"name": "agent", "namespace": NAMESPACE},
            "spec": {"template": {"metadata": {"labels": {"app": "agent"}}, "spec": {
                "hostNetwork": true,
                "containers": [{"name": "agent", "image": "x", "ports": [{"containerPort": port}]}],
            }}},
        })];
        let log = pair.start_on(port).expect_err("it ends");
        assert!(log.contains("address already in use"), "{log}");
        pair.finds("host-port-taken");
        // The fix: another port, while the other program keeps its own.
        let _running = pair.start().unwrap();
        eventually("alice is answered", || pair.alice() == 200);
        assert!(!pair.findings().contains_key("host-port-taken"));
        drop(taken);
    });
}
