//! Which APIService leads to which extension API server, and which accounts have which rights.

use std::collections::BTreeSet;
use std::num::NonZeroU16;

use super::reuse::lets_in;
use crate::kubernetes::names::{ApiServiceName, is_label};
use crate::lint::{Context, Fix, Outcome};
use crate::model::{ExtensionServer, MOST_SELECTED, Reason, Setup};
use crate::source::resource::{Service, Workload, is_template};
use crate::source::{ApiService, Handshake};
use crate::text::Origin;

/// The kube-apiservers' group of namespaced objects that extension API servers read from.
pub(crate) const KUBE_SYSTEM: &str = "kube-system";

/// The Service behind an APIService.
///
/// # Errors
/// Not applicable where there is none, undecided where it is not among the objects.
pub(crate) fn service_of<'a>(api_service: &ApiService, context: &Context<'a>) -> Result<&'a Service, Outcome> {
    let Some(reference) = &api_service.service else {
        return Err(Outcome::not_applicable("kube-apiserver serves this API itself"));
    };
    context.objects.service(reference).ok_or_else(|| {
        let name = reference.name.as_ref().map_or("", |name| name.value.as_str());
        Reason::undecided(format!("the Service {name} is not among the objects")).at(&reference.origin).into()
    })
}

/// The extension API servers that an APIService leads to.
///
/// # Errors
/// As above; undecided where none is among the objects.
pub(crate) fn servers_of<'a>(
    api_service: &ApiService,
    context: &Context<'a>,
) -> Result<Vec<&'a ExtensionServer>, Outcome> {
    let service = service_of(api_service, context)?;
    if selects_too_many(service, context) {
        let why = format!("{} selects {MOST_SELECTED} workloads or more, which are not looked at", service.object);
        return Err(Reason::undecided(why).at(&service.object.name.origin).into());
    }
    let places = behind(service, context);
    let servers: Vec<&ExtensionServer> =
        places.into_iter().filter_map(|at| context.beside.extensions.get(at)).copied().collect();
    if servers.is_empty() && !asked_behind(service, context).is_empty() {
        return Err(Reason::reported("its server was asked", "serving-certificate-untrusted").into());
    }
    if servers.is_empty() {
        let why = format!("no server behind the {} is among the objects", service.object);
        return Err(Reason::undecided(why).at(&service.object.name.origin).into());
    }
    Ok(servers)
}

/// Whether a Service selects more workloads than are looked at.
pub(crate) fn selects_too_many(service: &Service, context: &Context<'_>) -> bool {
    context.objects.selected_by(service).count() == MOST_SELECTED
}

/// The places of the extension API servers that a Service selects.
pub(crate) fn behind(service: &Service, context: &Context<'_>) -> BTreeSet<usize> {
    context.objects.selected_by(service).flat_map(|workload| context.beside.places_of(workload)).collect()
}

/// The places of the extension API servers that none of these Services selects; none where one of them selects more than
/// are looked at.
pub(crate) fn places_not_behind<'a>(services: impl Iterator<Item = &'a Service>, context: &Context<'_>) -> Vec<usize> {
    let mut taken = BTreeSet::new();
    for service in services {
        if selects_too_many(service, context) {
            return Vec::new();
        }
        taken.extend(behind(service, context));
    }
    (0..context.beside.extensions.len()).filter(|at| !taken.contains(at)).collect()
}

/// The places of the extension API servers that no APIService leads to.
pub(crate) fn without_api_service<'a>(context: &Context<'a>) -> &'a [usize] {
    let beside = context.beside;
    beside.found.without_api_service.get_or_init(|| {
        let led_to = beside.api_services.iter().filter_map(|one| one.service.as_ref());
        places_not_behind(led_to.filter_map(|reference| context.objects.service(reference)), context)
    })
}

/// Whether it may serve others than the cluster that it runs in, whose front proxy is not its own then: as kcp's servers do.
pub(crate) fn may_serve_others(server: &ExtensionServer, context: &Context<'_>) -> bool {
    let without = without_api_service(context);
    !server.is_well_known() && context.beside.places_of(&server.workload).all(|at| without.contains(&at))
}

/// The servers that were asked behind a Service.
pub(crate) fn asked_behind<'a>(service: &Service, context: &Context<'a>) -> &'a [&'a Handshake] {
    let name = service.object.namespace().map(|namespace| format!("{namespace}/{}", service.object.name.value));
    name.map(|name| context.beside.asked_behind(&name)).unwrap_or_default()
}

/// Whether it is the same workload, read once.
pub(crate) fn is_same(one: &Workload, other: &Workload) -> bool {
    // Kinds are mostly the same: names tell them apart sooner.
    one.object.name.value == other.object.name.value && one.object == other.object
}

/// Where an extension API server's arguments stand, for what is missing among them.
pub(crate) fn place(server: &ExtensionServer) -> Origin {
    server.setup.invocation.origin.clone()
}

/// The name that kube-apiserver verifies a serving certificate for (`BuildTransportConfig` of kube-aggregator); `None`:
/// the APIService does not tell.
pub(crate) fn host_name(api_service: &ApiService) -> Option<String> {
    let reference = api_service.service.as_ref()?;
    let (name, namespace) = (reference.name.as_ref()?, reference.namespace.as_ref()?);
    Some(format!("{}.{}.svc", name.value, namespace.value))
}

/// The command that makes a serving CA, a certificate and the objects around it for a server, as those are that are there;
/// `None`: the APIService does not tell for which Service, or what it tells cannot be.
pub(crate) fn extension_command(
    api_service: &ApiService,
    server: &ExtensionServer,
    context: &Context<'_>,
) -> Option<Vec<String>> {
    let reference = api_service.service.as_ref()?;
    let (service, namespace) = (&reference.name.as_ref()?.value, &reference.namespace.as_ref()?.value);
    // The command refuses what could not be meant.
    let is_taken = api_service.name.value.parse::<ApiServiceName>().is_ok() && is_label(service) && is_label(namespace);
    if !is_taken {
        return None;
    }
    let words = ["aggcert", "extension", &api_service.name.value, "--namespace", namespace, "--service", service];
    let account = Some(server.service_account()).filter(|account| account != service);
    let selector = match service_of(api_service, context).ok()?.selector.as_deref() {
        Some([(key, value)]) if !is_template(key) && !is_template(value) => Some(format!("{key}={value}")),
        _ => None,
    };
    let port = server.setup.options.delegating.secure_port.path().filter(|port| port.parse::<NonZeroU16>().is_ok());
    let own = [("--service-account", account), ("--selector", selector.as_deref()), ("--port", port)];
    let own = own.into_iter().filter_map(|(option, value)| Some([option, value?]));
    Some(words.into_iter().chain(own.flatten()).chain(["--tls-dir", "/tls"]).map(str::to_owned).collect())
}

/// What the flags stand in the way of.
pub(crate) fn read_the_config_map(context: &Context<'_>) -> Fix {
    let fix = Fix::from(
        "Take --requestheader-client-ca-file and the other --requestheader flags away: the server then reads the CA and \
         the names from the ConfigMap kube-system/extension-apiserver-authentication, and follows it when it changes. Its \
         ServiceAccount needs the Role extension-apiserver-authentication-reader for that.",
    );
    match fault_of_config_map(context) {
        Some(first) => fix.saying(|this| format!("Not yet: {first}, and check again. Then: {this}")),
        None => fix,
    }
}

/// What has to be done before an extension API server may follow the ConfigMap.
fn fault_of_config_map(context: &Context<'_>) -> Option<&'static str> {
    let reader = context.beside.config_map()?.reader();
    let lends = |lender: &Setup| lender.client_ca.loaded().is_some() && lets_in(reader, &lender.client_ca, context.now);
    if context.beside.lenders().any(lends) {
        return Some(
            "clients log in with certificates of the CA that the ConfigMap has for front proxies. First do what is said of \
             that there and of the kube-apiserver",
        );
    }
    let published = reader.requestheader_client_ca.loaded()?;
    let lacks = |server: &&Setup| {
        server.requestheader_client_ca.loaded().is_some_and(|bundle| !published.shares_issuer(bundle))
    };
    context.beside.publishers().iter().any(lacks).then_some(
        "the ConfigMap does not have the CA of the kube-apiserver beside it. First do what configmap-drift says",
    )
}
