{{- /* The release's part of every name, short enough for the longest suffix. */ -}}
{{- define "library.fullname" -}}
{{- $named := .Values.fullnameOverride | default (ternary (printf "%s-%s" .Release.Name .Values.nameOverride) .Release.Name (ne .Values.nameOverride "")) -}}
{{- $named | trunc 30 | trimSuffix "-" -}}
{{- end -}}

{{- /* Name of a component's objects: dict "root" $ "component" "books" */ -}}
{{- define "library.name" -}}
{{- printf "%s-%s" (include "library.fullname" .root) .component -}}
{{- end -}}

{{- define "library.selector" -}}
app.kubernetes.io/name: library
app.kubernetes.io/instance: {{ .root.Release.Name | trunc 63 }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "library.labels" -}}
{{ include "library.selector" . }}
app.kubernetes.io/part-of: library
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* Annotations of an object: its own before those of all: dict "root" $ "own" map */ -}}
{{- define "library.annotations" -}}
{{- with merge (dict) (.own | default dict) .root.Values.commonAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
{{- end }}
{{- end -}}

{{- /* Labels of pods: nothing that a new version of the chart would change, or everything would restart. */ -}}
{{- define "library.podLabels" -}}
{{ include "library.selector" . }}
app.kubernetes.io/part-of: library
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "library.credentials" -}}
{{- tpl .Values.secrets.existingSecret . | default (printf "%s-credentials" (include "library.fullname" .)) -}}
{{- end -}}

{{- /* Full name of an image: dict "root" $ "image" .Values.image "tag" "1.0" */ -}}
{{- define "library.image" -}}
{{- $registry := .root.Values.global.imageRegistry | default .image.registry -}}
{{- $name := ternary (printf "%s/%s" $registry .image.repository) .image.repository (ne $registry "") -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $name .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (.image.tag | default .tag) -}}
{{- end -}}
{{- end -}}

{{- /* The effective values of a service: its own over the defaults, with its names at databases and broker as this release makes
them. A fresh dict each time, as YAML. */ -}}
{{- define "library.service" -}}
{{- $own := mergeOverwrite (deepCopy .root.Values.serviceDefaults) (deepCopy (index .root.Values.services .service)) -}}
{{- $known := dict "Release" .root.Release "Values" .root.Values "service" .service -}}
{{- merge (tpl (pick $own "database" "broker" | toYaml) $known | fromYaml) $own | toYaml -}}
{{- end -}}

{{- /* The services that run here, as the keys of a YAML map. */ -}}
{{- define "library.services" -}}
{{- range $service, $own := .Values.services }}
{{- if $own.enabled }}
{{ $service }}: here
{{- end }}
{{- end }}
{{- end -}}

{{- /* Says something if there is a `helm test`, and if it also lends a copy, as a client of its own. */ -}}
{{- define "library.smokeClient" -}}
{{- if and (include "library.smokeTest" .) .Values.smokeTest.conversation -}}
wanted
{{- end -}}
{{- end -}}
{{- define "library.smokeTest" -}}
{{- if and .Values.smokeTest.enabled (eq (len (include "library.services" . | fromYaml)) 3) -}}
wanted
{{- end -}}
{{- end -}}

{{- /* How a browser reaches the members service. */ -}}
{{- define "library.publicUrl" -}}
{{- $prefix := .Values.services.members.pathPrefix -}}
{{- if .Values.library.publicUrl -}}
{{- .Values.library.publicUrl -}}
{{- else if .Values.ingress.enabled -}}
{{- printf "%s://%s%s" (ternary "https" "http" .Values.ingress.tls.enabled) (include "library.hosts" . | fromYamlArray | first) $prefix -}}
{{- else if and .Values.httpRoute.enabled .Values.httpRoute.hostnames -}}
{{- printf "https://%s%s" (include "library.hostnames" . | fromYamlArray | first) $prefix -}}
{{- else -}}
{{- printf "%s://localhost:8002%s" (include "library.scheme" .) $prefix -}}
{{- end -}}
{{- end -}}

{{- define "library.corsOrigins" -}}
{{- if .Values.library.corsAllowOrigins -}}
{{- join "," .Values.library.corsAllowOrigins -}}
{{- else -}}
{{- include "library.pageOrigins" . -}}
{{- end -}}
{{- end -}}

{{- /* Where pages of the library's own are that are not beside members at the edge: those of the port-forwards. */ -}}
{{- define "library.pageOrigins" -}}
{{- if not (or .Values.ingress.enabled .Values.httpRoute.enabled) -}}
{{- $scheme := include "library.scheme" . -}}
{{- $origins := printf "%[1]s://localhost:8001,%[1]s://localhost:8002,%[1]s://localhost:8003" $scheme -}}
{{- ternary (printf "%s,http://localhost:8000" $origins) $origins (ne (include "library.desk" .) "") -}}
{{- end -}}
{{- end -}}

{{- /* Says something if there is a desk page: it needs all three services beside it. */ -}}
{{- define "library.desk" -}}
{{- if and .Values.desk.enabled (eq (len (include "library.services" . | fromYaml)) 3) -}}
wanted
{{- end -}}
{{- end -}}

{{- /* Says something if machines are answered by SIP2: that needs all three services, too. */ -}}
{{- define "library.sip2" -}}
{{- if and .Values.sip2.enabled (eq (len (include "library.services" . | fromYaml)) 3) -}}
wanted
{{- end -}}
{{- end -}}

{{- /* How the desk page in a browser reaches a service: beside itself at the edge, or by the port-forwards of the notes. */ -}}
{{- define "library.deskUrl" -}}
{{- $prefix := (index .root.Values.services .service).pathPrefix -}}
{{- if or .root.Values.ingress.enabled .root.Values.httpRoute.enabled .root.Values.library.publicUrl -}}
{{- $prefix -}}
{{- else -}}
{{- $port := get (dict "books" 8001 "members" 8002 "loans" 8003) .service -}}
{{- printf "%s://localhost:%d%s" (include "library.scheme" .root) (int $port) $prefix -}}
{{- end -}}
{{- end -}}

{{- define "library.scheme" -}}
{{- ternary "https" "http" .Values.tls.internal.enabled -}}
{{- end -}}

{{- /* By which names a service is called: the public ones, its Service, and a port-forward. */ -}}
{{- define "library.allowedHosts" -}}
{{- $name := include "library.name" (dict "root" .root "component" .service) -}}
{{- $space := .root.Release.Namespace -}}
{{- $hosts := list $name (printf "%s.%s" $name $space) (printf "%s.%s.svc" $name $space) (printf "%s.%s.svc.cluster.local" $name $space) -}}
{{- $hosts = concat $hosts (list "localhost" "127.0.0.1") .root.Values.library.allowedHosts -}}
{{- if .root.Values.ingress.enabled -}}
{{- $hosts = concat $hosts (include "library.hosts" .root | fromYamlArray) -}}
{{- end -}}
{{- if .root.Values.httpRoute.enabled -}}
{{- $hosts = concat $hosts (include "library.hostnames" .root | fromYamlArray) -}}
{{- end -}}
{{- with .root.Values.library.publicUrl -}}
{{- $hosts = append $hosts (urlParse .).hostname -}}
{{- end -}}
{{- $hosts | compact | uniq | join "," -}}
{{- end -}}

{{- /* Behind an Ingress or Gateway one proxy appends whom it was called by; without, nobody's word counts. */ -}}
{{- define "library.trustedProxies" -}}
{{- $edge := or .Values.ingress.enabled .Values.httpRoute.enabled -}}
{{- .Values.library.trustedProxies | default (ternary "1" "" $edge) -}}
{{- end -}}

{{- /* The Secret with certificate, key and authority of a component: dict "root" $ "component" "books" */ -}}
{{- define "library.tlsSecret" -}}
{{- get .root.Values.tls.internal.existingSecrets .component | default (printf "%s-tls" (include "library.name" .)) -}}
{{- end -}}

{{- /* What is called within the cluster, and has a certificate where it is encrypted: the keys of a YAML map. */ -}}
{{- define "library.called" -}}
{{- range $service, $_ := include "library.services" . | fromYaml }}
{{- $own := include "library.service" (dict "root" $ "service" $service) | fromYaml }}
{{ $service }}: here
{{- if and $.Values.postgresql.enabled (not $own.database.existingSecret) }}
{{ $service }}-db: here
{{- end }}
{{- end }}
{{- if .Values.rabbitmq.enabled }}
rabbitmq: here
{{- end }}
{{- end -}}

{{- /* Peers of a network policy, as a person reads them. */ -}}
{{- define "library.peers" -}}
{{- $words := list -}}
{{- range . -}}
{{- $words = append $words (toJson .) -}}
{{- end -}}
{{- join ", " $words | default "nobody from outside" -}}
{{- end -}}

{{- /* The ServiceAccount of a pod: dict "root" $ "own" (effective values) "component" "books-relay". Where none is to be made,
and none is named, that of the namespace. */ -}}
{{- define "library.account" -}}
{{- .own.serviceAccount.name | default (ternary (include "library.name" .) "default" .own.serviceAccount.create) -}}
{{- end -}}

{{- /* How many pods run where the autoscaler chooses the number: left out, an upgrade would set it to one. Before there is
an autoscaler no fewer than it may choose; nothing at the first install. dict "root" $ "name" n "least" (minReplicas) */ -}}
{{- define "library.liveReplicas" -}}
{{- $scaler := lookup "autoscaling/v2" "HorizontalPodAutoscaler" .root.Release.Namespace .name -}}
{{- with lookup "apps/v1" "Deployment" .root.Release.Namespace .name -}}
{{- ternary .spec.replicas (max (int .spec.replicas) (int $.least)) (not (empty $scaler)) -}}
{{- end -}}
{{- end -}}

{{- /* All hosts of the Ingress, the first first; and those of the HTTPRoute. */ -}}
{{- define "library.hosts" -}}
{{- tpl (prepend .Values.ingress.extraHosts .Values.ingress.host | toYaml) . -}}
{{- end -}}
{{- define "library.hostnames" -}}
{{- tpl (toYaml .Values.httpRoute.hostnames) . -}}
{{- end -}}

{{- define "library.externalRabbitmq" -}}
{{- tpl (toYaml .Values.externalRabbitmq) . -}}
{{- end -}}

{{- /* A quantity of memory in bytes: others understand "1Gi", but not "1.5Gi", and then take the memory of the node. */ -}}
{{- define "library.bytes" -}}
{{- $quantity := toString . -}}
{{- $units := dict "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 -}}
{{- $unit := regexFind "[KMGTk]i?$" $quantity -}}
{{- mulf (trimSuffix $unit $quantity | float64) (get $units $unit | default 1) | int64 -}}
{{- end -}}
