//! A private key in a file that is made to be handed around.

use crate::lint::facts::api_service_patch::with_ca_bundle;
use crate::lint::facts::config_map_patch::without_private_keys;
use crate::lint::facts::front_proxy::FrontProxy;
use crate::lint::facts::init_command::rotate;
use crate::lint::facts::serving::decoded;
use crate::lint::prelude::*;
use crate::model::known_certificates;
use crate::source::PublishedKey;
use crate::text::Text;
use crate::x509::path::verify_issued_by;
use crate::x509::{CertificatePool, PrivateKey, pem};

pub(super) static RULE: Rule = Rule {
    id: "private-key-in-bundle",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/private-key-in-bundle.md"),
    checks: &[
        Check::Server(|setup, context| judge(setup, None, context)),
        Check::ConfigMap(|config_map, context| judge(config_map.reader(), Some(config_map), context)),
        Check::Extension(|server, context| judge_extension(&server.setup, context).into()),
        Check::ApiService(|service, context| judge_api_service(service, context).into()),
    ],
};

/// An APIService holds what is public, and whoever may read it has all of that.
fn judge_api_service(service: &ApiService, context: &Context<'_>) -> Judged {
    let Some(bundle) = service.ca_bundle.as_ref().filter(|_| !service.ca_bundle_unknown) else {
        return Err(not_applicable("there is no caBundle to look at"));
    };
    let Some(pem) = pem::base64::decode(bundle.as_str().trim().as_bytes()) else {
        return Err(Reason::reported("caBundle is not base64", "apiservice-ca-bundle").into());
    };
    let cas = decoded(bundle.as_str());
    let keys = pem::blocks(&pem).filter(pem::Block::is_private_key);
    let finding = |block: pem::Block| api_service_finding(service, bundle, &cas, pem.get(block.span), context);
    Ok(keys.map(finding).collect())
}

fn api_service_finding(
    service: &ApiService,
    bundle: &Text,
    cas: &[Certificate],
    key: Option<&[u8]>,
    context: &Context<'_>,
) -> Finding {
    let key = key.and_then(|pem| PrivateKey::from_pem(pem).ok());
    let ca = key.and_then(|key| cas.iter().find(|ca| key.matches(ca)));
    let name = &service.name.value;
    let worth = Worth {
        ca: None,
        of: ca.map(|ca| format!("the CA {}", subject_and_fingerprint(ca))),
        makes: ca.map(|_| "a certificate that kube-apiserver takes for its server's".to_owned()),
        shown: None,
    };
    worth
        .finding(&format!("{name}: caBundle"), name, &bundle.origin(), "a private key in a public object")
        .fix(with_ca_bundle(service, context.objects).saying(|this| {
            format!("Take the key for stolen: replace the CA, and leave its key out of caBundle. {this}")
        }))
        .identity([name, "caBundle"])
}

fn judge(setup: &Setup, config_map: Option<&ConfigMap>, context: &Context<'_>) -> Outcome {
    let in_bundle = |flag: &PathFlag, bundle: &TrustBundle| {
        let fix = |is_own: bool, owner: &str| match config_map {
            Some(config_map) => in_config_map(config_map, flag, is_own, owner),
            None if is_own => fix(setup, flag, bundle),
            None => out_of(bundle, owner),
        };
        bundle.private_keys.iter().map(|key| finding(context, setup, (flag, bundle), key, fix)).collect()
    };
    let published = published_findings(setup, context);
    let published = (!published.is_empty()).then_some(Ok(published));
    together(published.into_iter().chain([Err(each_bundle(setup, in_bundle))]))
}

/// Few keep keys where nothing hides them, and few of the files of an extension API server are here.
fn judge_extension(setup: &Setup, context: &Context<'_>) -> Judged {
    let found = published_findings(setup, context);
    if found.is_empty() { Err(not_applicable("no private key was seen")) } else { Ok(found) }
}

fn published_findings(setup: &Setup, context: &Context<'_>) -> Vec<Finding> {
    // A bundle tells those that are in it.
    let is_in_bundle = |key: &PublishedKey| {
        let mut bundles = [&setup.client_ca, &setup.requestheader_client_ca].into_iter();
        let is_its = |file: &FileFlag<TrustBundle>| {
            let name = file.path().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
            file.loaded().is_some_and(|bundle| !bundle.private_keys.is_empty())
                && [name, file.flag.name].contains(&key.entry.value.as_str())
        };
        bundles.any(is_its)
    };
    let published = setup.invocation.published_keys.iter().filter(|key| !is_in_bundle(key));
    published.map(|key| published_finding(context, setup, key)).collect()
}

/// What a key is worth to whoever reads it.
struct Worth<'a> {
    /// The CA of a bundle that it belongs to.
    ca: Option<(&'a PathFlag, &'a TrustBundle, &'a Located<Certificate>)>,
    /// Whose it is, as far as that is known.
    of: Option<String>,
    /// What its holder can make.
    makes: Option<String>,
    /// How the model shows it.
    shown: Option<String>,
}

const FRONT_PROXY: &str = "a front proxy, and so any user";

impl<'a> Worth<'a> {
    /// The bundle that it stands in comes first; a key of the other one opens that one's door.
    fn of(context: &Context<'_>, setup: &'a Setup, key: Option<&PrivateKey>, own: Option<&PathFlag>) -> Self {
        let belongs_to = |certificate: &Certificate| key.is_some_and(|key| key.matches(certificate));
        let mut bundles = [&setup.client_ca, &setup.requestheader_client_ca];
        bundles.sort_by_key(|file| own.is_none_or(|own| own.name != file.flag.name));
        let mut loaded = bundles.into_iter().filter_map(|file| Some((&file.flag, file.loaded()?)));
        let ca = loaded.find_map(|(flag, bundle)| {
            Some((flag, bundle, bundle.anchors().iter().find(|anchor| belongs_to(&anchor.value))?))
        });
        let of = match ca {
            Some((_, _, ca)) => Some(format!("the CA {}", subject_and_fingerprint(&ca.value))),
            None => known_certificates(setup).find(|known| belongs_to(known)).map(subject_and_fingerprint),
        };
        let opens = match ca {
            Some((flag, bundle, ca)) => opens_by_ca(context, flag, bundle, &ca.value),
            None => opens_as_front_proxy(context, setup, belongs_to),
        };
        let (becomes, shown) = opens.unzip();
        Self { ca, of, makes: becomes.map(|becomes| format!("himself {becomes}")), shown }
    }

    /// What holds the key, for whom can read which place. What cannot be shown to open anything is no error: an encrypted key,
    /// or that of something else.
    fn finding(&self, holder: &str, place: &str, origin: &Origin, label: &str) -> Finding {
        let key = self.of.as_ref().map_or("a private key".to_owned(), |of| format!("the private key of {of}"));
        let can = self.makes.as_ref().map_or("has the key".to_owned(), |makes| format!("can make {makes}"));
        Finding::new(Severity::error_if(self.makes.is_some()), format!("{holder} holds {key}"))
            .at(origin, label)
            .related(self.ca.map(|(_, _, ca)| related(&ca.origin, "it belongs to this CA")))
            .consequence(format!("Everybody who can read {place} {can}."))
            .demonstration(self.shown.clone())
    }

    fn owner(&self) -> &str {
        self.of.as_deref().unwrap_or("whose it is cannot be told here")
    }
}

fn opens_by_ca(
    context: &Context<'_>,
    flag: &PathFlag,
    bundle: &TrustBundle,
    ca: &Certificate,
) -> Option<(&'static str, String)> {
    verify_issued_by(ca, bundle.pool(), &CertificatePool::default(), context.now).ok()?;
    let becomes = match flag.name {
        "client-ca-file" => "any user, a member of system:masters too",
        _ => FRONT_PROXY,
    };
    let (name, by) = (&ca.subject, flag.called());
    let shown =
        format!("a client certificate that this key signs as {name} is accepted by {by}: its holder is {becomes}");
    Some((becomes, shown))
}

/// With the key of the proxy client: its certificate is shown to whoever it connects to.
fn opens_as_front_proxy(
    context: &Context<'_>,
    setup: &Setup,
    belongs_to: impl Fn(&Certificate) -> bool,
) -> Option<(&'static str, String)> {
    let proxy = FrontProxy::of(setup).ok().filter(|proxy| belongs_to(&proxy.client.leaf.value))?;
    let leaf = &proxy.client.leaf.value;
    let is_allowed = setup.allowed_names().is_ok_and(|names| names.allow(leaf.subject.common_name()));
    proxy.verify(context.now).ok().filter(|_| is_allowed)?;
    let (name, by) = (subject(leaf), setup.requestheader_client_ca.flag.called());
    let shown = format!("the certificate {name}, used with this key, is accepted by {by}: its holder is {FRONT_PROXY}");
    Some((FRONT_PROXY, shown))
}

/// Nothing but a Secret hides anything from whoever may read it, and many may (`kubectl get configmaps,pods`).
fn published_finding(context: &Context<'_>, setup: &Setup, key: &PublishedKey) -> Finding {
    let worth = Worth::of(context, setup, key.key.as_ref(), None);
    let (entry, place) = (&key.entry.value, &key.object);
    worth
        .finding(&format!("{entry} of {place}"), place, &key.entry.origin, "a private key in a public object")
        .fix(format!(
            "Let what uses it have it from a Secret, or from a file that its owner alone can read, and take {entry} out \
             of {place}. Take the key for stolen, and replace what it belongs to: {}.",
            worth.owner()
        ))
        .identity([place.clone(), entry.clone()].into_iter().chain(worth.of))
}

fn finding(
    context: &Context<'_>,
    setup: &Setup,
    (flag, bundle): (&PathFlag, &TrustBundle),
    key: &Located<Option<PrivateKey>>,
    fix: impl Fn(bool, &str) -> Fix,
) -> Finding {
    let worth = Worth::of(context, setup, key.value.as_ref(), Some(flag));
    let place = if flag.is_key() { "the ConfigMap" } else { &bundle.path };
    let is_own = worth.ca.is_some_and(|(of, ..)| of.name == flag.name);
    worth
        .finding(&flag.called(), place, &key.origin, "a private key in a public file")
        .fix(fix(is_own, worth.owner()))
        .identity([flag.name, &bundle.path])
}

/// Of a key that is not that of the bundle's own CA, as far as is known; that CA stays.
fn out_of(bundle: &TrustBundle, owner: &str) -> Fix {
    format!("Take the key out of {}, take it for stolen, and replace what it belongs to: {owner}.", bundle.path).into()
}

/// kube-apiserver publishes certificates alone, and takes no key out that somebody put in.
fn in_config_map(config_map: &ConfigMap, flag: &PathFlag, is_own: bool, owner: &str) -> Fix {
    let replace = if is_own { "the CA".to_owned() } else { format!("what it belongs to: {owner}") };
    without_private_keys(config_map, flag.name)
        .saying(|this| format!("{this} Take the key for stolen, and replace {replace}."))
}

/// The key is out.
fn fix(setup: &Setup, flag: &PathFlag, bundle: &TrustBundle) -> Fix {
    if flag.name == "client-ca-file" {
        return format!("Take the key out of {}, and replace the CA.", bundle.path).into();
    }
    rotate(setup, &["--compromised", "--accept-outage"]).saying(|this| {
        format!(
            "Take the key out of {}, and take it for stolen: aggregated APIs are out for a while. {this}",
            bundle.path
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{API_SERVICE, DEPLOYMENT, Scene, server_certificate};
    use crate::lint::testing::{Cluster, Expect, FRONT_PROXY_CA, Issued, check, of_document};

    fn with_key(cluster: &Cluster, key: &str) -> Setup {
        cluster.server().file(FRONT_PROXY_CA, &format!("{key}{}", cluster.front_proxy_ca.pem)).setup()
    }

    #[test]
    fn fails_with_the_key_of_the_ca_and_shows_what_it_opens() {
        let cluster = Cluster::new();
        let finding = check(&RULE, with_key(&cluster, &cluster.front_proxy_ca.key_pem)).expect_error();
        assert_eq!(finding.origin.source(), "-----BEGIN PRIVATE KEY-----");
        finding.shows("its holder is a front proxy, and so any user");
    }

    /// Go sees none of these; whoever reads the file does.
    #[test]
    fn fails_with_a_key_that_go_does_not_see() {
        let cluster = Cluster::new();
        let key = &cluster.front_proxy_ca.key_pem;
        let body: String = key.lines().filter(|line| !line.starts_with('-')).collect();
        for hidden in [format!("  {}\n", key.replace('\n', "\n  ")), format!("{body}\n")] {
            let finding = check(&RULE, with_key(&cluster, &hidden)).expect_error();
            finding.shows("its holder is a front proxy, and so any user");
        }
    }

    #[test]
    fn fails_as_a_warning_with_another_key() {
        let (cluster, other) = (Cluster::new(), Cluster::new());
        check(&RULE, with_key(&cluster, &other.client_ca.key_pem)).expect_warning().shows_nothing();
        let of_client = check(&RULE, with_key(&cluster, &cluster.proxy_client.key_pem)).expect_error();
        assert!(of_client.message.contains("the private key of CN=front-proxy-client"), "{}", of_client.message);
        of_client.shows("its holder is a front proxy, and so any user");
    }

    /// The front proxy's CA stays: an outage for a key that is safe.
    #[test]
    fn says_whose_key_it_is_and_replaces_nothing_else() {
        let cluster = Cluster::new();
        let finding = check(&RULE, with_key(&cluster, &cluster.client_ca.key_pem)).expect_error();
        assert!(finding.message.contains("the private key of the CA CN=kubernetes"), "{}", finding.message);
        assert!(finding.fix.sentence.contains("replace what it belongs to: the CA CN=kubernetes"), "{}", finding.fix);
        assert!(finding.fix.commands.is_empty(), "{}", finding.fix);
        let both = format!("{}{}", cluster.front_proxy_ca.pem, cluster.client_ca.key_pem);
        let published = cluster.config_map().set("requestheader-client-ca-file", &both).set("resource-version", "7");
        let published = check(&RULE, published).expect_finding();
        assert!(
            published.fix.sentence.contains("replace what it belongs to: the CA CN=kubernetes"),
            "{}",
            published.fix
        );
        finding.shows("its holder is any user");
    }

    /// Who starts meanwhile needs the CA, and nobody but a kube-apiserver with the same file would write it again.
    #[test]
    fn out_of_the_configmap_goes_the_key_alone() {
        let cluster = Cluster::new();
        let with_key = |ca: &Issued| format!("{}{}", ca.key_pem, ca.pem);
        for (key, ca) in
            [("requestheader-client-ca-file", &cluster.front_proxy_ca), ("client-ca-file", &cluster.client_ca)]
        {
            let map = cluster.config_map().set(key, &with_key(ca)).set("resource-version", "7");
            let fix = check(&RULE, map).expect_finding().fix;
            let [command] = &fix.commands[..] else { panic!("{fix}") };
            let certificate = ca.pem.lines().nth(1).unwrap();
            assert!(command.contains(key) && command.contains(certificate) && !command.contains("PRIVATE"), "{fix}");
        }
    }

    /// `kubectl create configmap pki --from-file=pki`.
    #[test]
    fn fails_with_a_key_in_a_config_map() {
        let cluster = Cluster::new();
        let (ca, client) = (&cluster.front_proxy_ca, &cluster.proxy_client);
        let found = |document: &str| {
            let made = of_document(document, [&ca.key_pem, &ca.pem, &client.pem, &client.key_pem]);
            check(&RULE, &made)
        };
        const PUBLISHED: &str = "kind: ConfigMap\nmetadata: {name: extension-apiserver-authentication}\n";
        for (document, entry) in [
            (format!("{PUBLISHED}data:\n  requestheader-client-ca-file: <CA>\n  x: <CAKEY>\n"), "x"),
            (format!("{PUBLISHED}data:\n  requestheader-client-ca-file: <CA>\nbinaryData:\n  x: <CAKEY64>\n"), "x"),
            ("requestheader-client-ca-file: <CA>\nx: <CAKEY>\n".to_owned(), "x"),
            ("kind: ConfigMap\ndata:\n  front-proxy-ca.crt: <CA>\n  x: <CAKEY>\n".to_owned(), "x"),
            (
                "kind: ConfigMap\ndata:\n  front-proxy-ca.crt: <CA>\n  front-proxy-client.crt: <CERT>\n  x: <KEY>\n"
                    .to_owned(),
                "x",
            ),
            (format!("{PUBLISHED}data:\n  requestheader-client-ca-file: <CA>\n  x: <CAKEY64>\n"), "x"),
        ] {
            let finding = found(&document).expect_error();
            assert_eq!(finding.origin.source(), entry, "{document}");
            finding.shows("its holder is a front proxy, and so any user");
        }
        // The key of the CA in its own file is told once, with the bundle.
        let joined = of_document(
            "kind: ConfigMap\ndata:\n  front-proxy-ca.crt: <CA>\n",
            ["", &format!("{}{}", ca.pem, ca.key_pem), "", ""],
        );
        check(&RULE, &joined).expect_error();
        for document in [
            format!("{PUBLISHED}data:\n  requestheader-client-ca-file: <CA>\n  x: <KEY>\n"),
            format!("{PUBLISHED}data:\n  requestheader-client-ca-file: <CAKEY>\n"),
            "kind: ConfigMap\ndata:\n  front-proxy-client.key: <KEY>\n".to_owned(),
        ] {
            found(&document).expect_warning().shows_nothing();
        }
        found("kind: Secret\ndata:\n  front-proxy-ca.crt: <CA64>\n  front-proxy-ca.key: <CAKEY64>\n").expect_pass();
        let both = format!("{PUBLISHED}data:\n  requestheader-client-ca-file: <CA>\n  x: <CERT>\n");
        found(&both).expect_pass();
    }

    /// Who may see Pods need not see Secrets.
    #[test]
    fn fails_with_a_key_in_a_pod() {
        let cluster = Cluster::new();
        let key = &cluster.front_proxy_ca.key_pem;
        let with = |rest: &str| {
            let pod = format!(
                "kind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - command: [kube-apiserver, --client-ca-file=/a]\n    \
                 {rest}\n"
            );
            check(&RULE, of_document(&pod, [key, "", "", ""]))
        };
        let finding = with("env: [{name: A, value: <CAKEY64>}, {name: B, value: <CAKEY64>}]").expect_warning();
        assert!(finding.message.contains("A of Pod a holds a private key"), "{}", finding.message);
        with("env: [{name: A, valueFrom: {secretKeyRef: {name: a, key: b}}}]").expect_unknown();
        for other in
            ["  - {name: b, args: [<CAKEY64>]}", "  initContainers: [{name: b, env: [{name: X, value: <CAKEY64>}]}]"]
        {
            with(&format!("image: x\n{other}")).expect_warning();
        }
    }

    #[test]
    fn fails_with_a_key_in_the_pods_of_an_extension_server() {
        let scene = || Scene::new().without(API_SERVICE);
        let mut ca = Issued::ca("x");
        let line = "        volumeMounts:\n";
        let encoded = ca.key_base64();
        let with = |more: String| scene().change(DEPLOYMENT, line, &format!("{more}{line}"));
        with(format!("        env: [{{name: X, value: '{encoded}'}}]\n")).check(&RULE).expect_warning();
        let beside =
            format!("      initContainers: [{{name: x, image: x, command: [x, '{encoded}']}}]\n      volumes:\n");
        scene().change(DEPLOYMENT, "      volumes:\n", &beside).check(&RULE).expect_warning();
        scene().ca_volume(&ca).check(&RULE).expect_not_applicable();
        ca.pem = format!("{}{}", ca.pem, ca.key_pem);
        let finding = scene().ca_volume(&ca).check(&RULE).expect_warning();
        assert!(
            finding.message.contains("ca.crt of ConfigMap front-proxy-ca holds a private key"),
            "{}",
            finding.message
        );
    }

    /// `cat *.key`, of which the first is nobody's.
    #[test]
    fn fails_with_each_key_of_an_entry() {
        let (cluster, other) = (Cluster::new(), Cluster::new());
        let ca = &cluster.front_proxy_ca;
        let keys = format!("{}{}", other.client_ca.key_pem, ca.key_pem);
        for document in [
            "kind: ConfigMap\ndata:\n  front-proxy-ca.crt: <CA>\n  x: <CAKEY>\n",
            "requestheader-client-ca-file: <CA>\nx: <CAKEY>\n",
        ] {
            let made = of_document(document, [&keys, &ca.pem, "", ""]);
            let findings = check(&RULE, &made).expect_findings(2);
            let severities: Vec<Severity> = findings.iter().map(|finding| finding.severity).collect();
            assert_eq!(severities, [Severity::Warning, Severity::Error], "{document}");
            assert_ne!(findings[0].identity, findings[1].identity);
        }
    }

    /// A certificate's file in DER, a kubeconfig, what `kubectl apply` keeps.
    #[test]
    fn fails_with_a_key_in_whatever_coding() {
        use base64::prelude::{BASE64_STANDARD as BASE64, Engine as _};

        let cluster = Cluster::new();
        let ca = &cluster.front_proxy_ca;
        let key = &ca.key_pem;
        let kubeconfig = format!("users:\n- user:\n    client-key-data: {}\n", BASE64.encode(key));
        let body: String = key.lines().filter(|line| !line.starts_with('-')).collect();
        let applied = serde_json::json!({"data": {"x": key}}).to_string();
        let encoded = serde_json::json!({"binaryData": {"x": BASE64.encode(key)}}).to_string();
        let indented = format!("x: |\n  {}", key.replace('\n', "\n  "));
        for (map, value) in [
            ("/data", kubeconfig.clone()),
            ("/data", body.clone()),
            ("/data", indented),
            ("/binaryData", body),
            ("/binaryData", BASE64.encode(&kubeconfig)),
            ("/metadata/annotations", applied),
            ("/metadata/annotations", encoded),
        ] {
            let mut object = serde_json::json!({
                "kind": "ConfigMap", "metadata": {"annotations": {}}, "data": {"front-proxy-ca.crt": ca.pem}, "binaryData": {},
            });
            object.pointer_mut(map).unwrap()["x"] = value.into();
            let finding = check(&RULE, of_document(&object.to_string(), [""; 4])).expect_error();
            assert_eq!(finding.origin.source(), "x", "{object}");
        }
        // What is in the data, too, is told once.
        let twice = serde_json::json!({
            "kind": "ConfigMap", "metadata": {"annotations": {"x": key}}, "data": {"front-proxy-ca.crt": ca.pem, "y": key},
        });
        check(&RULE, of_document(&twice.to_string(), [""; 4])).expect_findings(1);
    }

    #[test]
    fn fails_with_a_key_in_the_ca_bundle_of_an_api_service() {
        let scene = |key: &str| {
            let mut ca = Issued::ca("wardle-ca");
            let certificate = server_certificate(&ca, |_| {});
            let own = if key.is_empty() { &ca.key_pem } else { key };
            ca.pem = format!("{own}{}", ca.pem);
            Scene::serving(&certificate, &ca).check(&RULE).expect_finding()
        };
        let finding = scene("");
        assert_eq!(finding.severity, Severity::Error);
        assert!(
            finding.message.contains("caBundle holds the private key of the CA CN=wardle-ca"),
            "{}",
            finding.message
        );
        assert_eq!(scene(&Issued::ca("other").key_pem).severity, Severity::Warning);
        Scene::new().check(&RULE).expect_pass();
    }

    #[test]
    fn passes_with_certificates_alone() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }
}
