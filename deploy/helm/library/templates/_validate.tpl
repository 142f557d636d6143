{{- /* Contradictions that a schema cannot see, all at once. */ -}}
{{- define "library.validate" -}}
{{- $wrong := list -}}
{{- range $service, $_ := include "library.services" . | fromYaml -}}
{{- $own := include "library.service" (dict "root" $ "service" $service) | fromYaml -}}
{{- $database := $own.database -}}
{{- if and (not $.Values.postgresql.enabled) (not $database.existingSecret) -}}
{{- $wrong = append $wrong (printf "postgresql.enabled is false: services.%s.database needs existingSecret, and a host unless the Secret names it" $service) -}}
{{- end -}}
{{- if and $database.host (not $database.existingSecret) -}}
{{- $wrong = append $wrong (printf "services.%s.database.host needs services.%s.database.existingSecret with the password" $service $service) -}}
{{- end -}}
{{- if and $database.existingSecret (not (or $database.host $database.secretKeys.host $database.secretKeys.uri)) -}}
{{- $wrong = append $wrong (printf "services.%s.database.existingSecret needs a host, or secretKeys.host or secretKeys.uri" $service) -}}
{{- end -}}
{{- if le (int $own.terminationGracePeriodSeconds) (add (int $own.preStopSleepSeconds) (int $own.gracefulTimeoutSeconds)) -}}
{{- $wrong = append $wrong (printf "services.%s: terminationGracePeriodSeconds must be more than preStopSleepSeconds and gracefulTimeoutSeconds together" $service) -}}
{{- end -}}
{{- end -}}
{{- range $service, $names := dict "books" (list "AUTH_JWKS_URL") "loans" (list "AUTH_JWKS_URL" "LOANS_MEMBERS_URL" "LOANS_BOOKS_URL") -}}
{{- $own := include "library.service" (dict "root" $ "service" $service) | fromYaml -}}
{{- range $name := $names -}}
{{- $neighbour := ternary "books" "members" (eq $name "LOANS_BOOKS_URL") -}}
{{- if and $own.enabled (not (index $.Values.services $neighbour).enabled) (not (hasKey $own.config $name)) -}}
{{- $wrong = append $wrong (printf "services.%s.enabled is false: services.%s.config needs %s" $neighbour $service $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $broker := .Values.externalRabbitmq -}}
{{- if and (not .Values.rabbitmq.enabled) (not (and $broker.existingSecret (or $broker.host $broker.secretKeys.host $broker.secretKeys.uri))) -}}
{{- $wrong = append $wrong "rabbitmq.enabled is false: externalRabbitmq needs existingSecret, and a host unless the Secret names it" -}}
{{- end -}}
{{- if and (not .Values.secrets.generate) (not .Values.secrets.existingSecret) -}}
{{- $wrong = append $wrong "secrets.generate is false: secrets.existingSecret must name a Secret; its keys are in the README" -}}
{{- end -}}
{{- if $wrong -}}
{{- fail (printf "\n- %s\n" (join "\n- " $wrong)) -}}
{{- end -}}
{{- end -}}
