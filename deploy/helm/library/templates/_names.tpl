{{- /* The release's part of every name, short enough for the longest suffix. */ -}}
{{- define "library.fullname" -}}
{{- .Release.Name | trunc 30 | trimSuffix "-" -}}
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
{{- end -}}

{{- /* Labels of pods: nothing that a new version of the chart would change, or everything would restart. */ -}}
{{- define "library.podLabels" -}}
{{ include "library.selector" . }}
app.kubernetes.io/part-of: library
{{- end -}}

{{- define "library.credentials" -}}
{{- .Values.secrets.existingSecret | default (printf "%s-credentials" (include "library.fullname" .)) -}}
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

{{- /* The effective values of a service: its own over the defaults. A fresh dict each time, as YAML. */ -}}
{{- define "library.service" -}}
{{- mergeOverwrite (deepCopy .root.Values.serviceDefaults) (deepCopy (index .root.Values.services .service)) | toYaml -}}
{{- end -}}

{{- /* The services that run here, as the keys of a YAML map. */ -}}
{{- define "library.services" -}}
{{- range $service, $own := .Values.services }}
{{- if $own.enabled }}
{{ $service }}: here
{{- end }}
{{- end }}
{{- end -}}

{{- /* Says something if `helm test` has all that it needs. */ -}}
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
{{- printf "%s://%s%s" (ternary "https" "http" .Values.ingress.tls.enabled) .Values.ingress.host $prefix -}}
{{- else if and .Values.httpRoute.enabled .Values.httpRoute.hostnames -}}
{{- printf "https://%s%s" (first .Values.httpRoute.hostnames) $prefix -}}
{{- else -}}
{{- printf "http://localhost:8002%s" $prefix -}}
{{- end -}}
{{- end -}}

{{- define "library.corsOrigins" -}}
{{- if .Values.library.corsAllowOrigins -}}
{{- join "," .Values.library.corsAllowOrigins -}}
{{- else if not (or .Values.ingress.enabled .Values.httpRoute.enabled) -}}
http://localhost:8001,http://localhost:8002,http://localhost:8003
{{- end -}}
{{- end -}}
