/** Chat templates in the manner of published models. */
export const CHAT_TEMPLATES = {
  chatml:
    "{{ bos_token }}{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
  /** ChatML that puts a system turn of its own in front of conversations without one. */
  defaultSystem:
    "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}" +
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
  /** Another name for the assistant, no system turn, strict alternation, contents trimmed. */
  gemma:
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" +
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}" +
    "{% if message['role'] == 'assistant' %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}" +
    "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}",
  /** The system message is written into the first user turn. */
  llama2:
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}" +
    "{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}" +
    "{% for message in loop_messages %}{% if loop.index0 == 0 and system_message != false %}" +
    "{% set content = '<<SYS>>\n' + system_message + '\n<</SYS>>\n\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}" +
    "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}" +
    "{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
  /** No start of text. */
  zephyr:
    "{% for message in messages %}{{ '<|' + message['role'] + '|>\n' + message['content'] + eos_token + '\n' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}",
  /** Opens the answer whether it is asked to or not. */
  alwaysOpens:
    "{% for message in messages %}{% set content = '<|start|>' + message['role'] + '\n\n'+ message['content'] | trim + '<|eot|>' %}" +
    "{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{{ '<|start|>assistant\n\n' }}",
  dropsSystem:
    "{{ bos_token }}{% for message in messages %}{% if message['role'] != 'system' %}{{ message['role'] + ': ' + message['content'] + '\n' }}{% endif %}{% endfor %}" +
    "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}",
  repeats: "{% for message in messages %}{{ message['content'] + ' ' + message['content'] }}{% endfor %}",
  reverses: "{% for message in messages | reverse %}{{ message['role'] + ': ' + message['content'] + '\n' }}{% endfor %}",
  upperCase: "{% for message in messages %}{{ message['role'] + ': ' + message['content'] | upper + '\n' }}{% endfor %}",
  dated:
    "{{ strftime_now('%d %B %Y') }}{% for message in messages %}{{ '\n' + message['role'] + ': ' + message['content'] }}{% endfor %}{{ '\nassistant: ' }}",
  /** Header ids, contents trimmed, a system block with a date that is always there. */
  llama31:
    "{{- bos_token }}{%- if not date_string is defined %}{%- set date_string = '26 Jul 2024' %}{%- endif %}" +
    "{%- if messages[0]['role'] == 'system' %}{%- set system_message = messages[0]['content'] | trim %}{%- set messages = messages[1:] %}{%- else %}{%- set system_message = '' %}{%- endif %}" +
    "{{- '<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: ' + date_string + '\n\n' + system_message + '<|eot_id|>' }}" +
    "{%- for message in messages %}{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}{%- endfor %}" +
    "{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{%- endif %}",
  /** The system message opens the first user turn; texts or lists of parts, trimmed. */
  gemma3:
    "{{ bos_token }}{%- if messages[0]['role'] == 'system' -%}{%- if messages[0]['content'] is string -%}{%- set prefix = messages[0]['content'] + '\n\n' -%}" +
    "{%- else -%}{%- set prefix = messages[0]['content'][0]['text'] + '\n\n' -%}{%- endif -%}{%- set rest = messages[1:] -%}{%- else -%}{%- set prefix = '' -%}{%- set rest = messages -%}{%- endif -%}" +
    "{%- for message in rest -%}{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}{{ raise_exception('Conversation roles must alternate') }}{%- endif -%}" +
    "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\n' + (prefix if loop.first else '') }}" +
    "{%- if message['content'] is string -%}{{ message['content'] | trim }}{%- else -%}{%- for item in message['content'] -%}{{ item['text'] | trim }}{%- endfor -%}{%- endif -%}" +
    "{{ '<end_of_turn>\n' }}{%- endfor -%}{%- if add_generation_prompt -%}{{ '<start_of_turn>model\n' }}{%- endif -%}",
  /** The system message stands in the last user turn; strict alternation. */
  mistral:
    "{%- if messages[0]['role'] == 'system' %}{%- set system_message = messages[0]['content'] %}{%- set loop_messages = messages[1:] %}{%- else %}{%- set loop_messages = messages %}{%- endif %}" +
    "{{- bos_token }}{%- for message in loop_messages %}{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{- raise_exception('After the optional system message, conversation roles must alternate user/assistant') }}{%- endif %}" +
    "{%- if message['role'] == 'user' %}{%- if loop.last and system_message is defined %}{{- '[INST] ' + system_message + '\n\n' + message['content'] + '[/INST]' }}{%- else %}{{- '[INST] ' + message['content'] + '[/INST]' }}{%- endif %}" +
    "{%- else %}{{- ' ' + message['content'] + eos_token }}{%- endif %}{%- endfor %}",
  /** Earlier answers lose their reasoning; an answer after the last question has some, be it empty. */
  qwen3:
    "{%- set ns = namespace(last=messages|length - 1, looking=true) %}{%- for message in messages[::-1] %}{%- if ns.looking and message.role == 'user' %}{%- set ns.looking = false %}{%- set ns.last = messages|length - 1 - loop.index0 %}{%- endif %}{%- endfor %}" +
    "{%- for message in messages %}{%- set content = message.content %}{%- set reasoning = '' %}" +
    "{%- if message.role == 'assistant' and '</think>' in content %}{%- set reasoning = content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}{%- set content = content.split('</think>')[-1].lstrip('\n') %}{%- endif %}" +
    "{{- '<|im_start|>' + message.role + '\n' }}{%- if message.role == 'assistant' and loop.index0 > ns.last and (loop.last or reasoning) %}{{- '<think>\n' + reasoning + '\n</think>\n\n' }}{%- endif %}{{- content + '<|im_end|>\n' }}{%- endfor %}" +
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\n\n</think>\n\n' }}{%- endif %}{%- endif %}",
  phi3:
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ '<|system|>\n' + message['content'] + '<|end|>\n' }}{% elif message['role'] == 'user' %}{{ '<|user|>\n' + message['content'] + '<|end|>\n' }}" +
    "{% elif message['role'] == 'assistant' %}{{ '<|assistant|>\n' + message['content'] + '<|end|>\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}",
  /** A default system turn with today's date, documents, a switch for reasoning. */
  granite:
    "{%- if messages[0]['role'] == 'system' %}{%- set system_message = messages[0]['content'] %}{%- set loop_messages = messages[1:] %}" +
    "{%- else %}{%- set system_message = 'Knowledge Cutoff Date: April 2024.\nToday\\'s Date: ' + strftime_now('%B %d, %Y') + '.\nYou are a helpful assistant.' %}{%- if thinking %}{%- set system_message = system_message + ' Think first.' %}{%- endif %}{%- set loop_messages = messages %}{%- endif %}" +
    "{{- '<|start_of_role|>system<|end_of_role|>' + system_message + '<|end_of_text|>\n' }}" +
    "{%- if documents %}{%- for document in documents %}{{- '<|start_of_role|>document {\"document_id\": \"' + document['doc_id'] | string + '\"}<|end_of_role|>\n' + document['text'] + '<|end_of_text|>\n' }}{%- endfor %}{%- endif %}" +
    "{%- for message in loop_messages %}{{- '<|start_of_role|>' + message['role'] + '<|end_of_role|>' + message['content'] + '<|end_of_text|>\n' }}{%- if loop.last and add_generation_prompt %}{{- '<|start_of_role|>assistant<|end_of_role|>' }}{%- endif %}{%- endfor %}",
  /** A switch inside the system message changes what is written around it. */
  smollm3:
    "{%- if enable_thinking is defined %}{%- set mode = '/think' if enable_thinking else '/no_think' %}{%- else %}{%- set mode = '/think' %}{%- endif %}" +
    "{%- if messages[0].role == 'system' %}{%- set system_message = messages[0].content %}{%- if '/no_think' in system_message %}{%- set mode = '/no_think' %}{%- endif %}{%- set instructions = system_message.replace('/no_think', '').replace('/think', '').rstrip() %}{%- endif %}" +
    "{{- '<|im_start|>system\n## Metadata\n\nToday Date: ' + strftime_now('%d %B %Y') + '\nReasoning Mode: ' + mode + '\n\n## Custom Instructions\n\n' }}" +
    "{%- if instructions %}{{- instructions + '\n\n' }}{%- else %}{{- 'You are a helpful AI assistant.\n\n' }}{%- endif %}{{- '<|im_end|>\n' }}" +
    "{%- for message in messages %}{%- if message.role == 'user' %}{{ '<|im_start|>user\n' + message.content + '<|im_end|>\n' }}{%- elif message.role == 'assistant' %}{% generation %}" +
    "{%- if mode == '/think' %}{{ '<|im_start|>assistant\n' + message.content.lstrip('\n') + '<|im_end|>\n' }}{%- else %}{{ '<|im_start|>assistant\n<think>\n\n</think>\n' + message.content.lstrip('\n') + '<|im_end|>\n' }}{%- endif %}{% endgeneration %}{%- endif %}{%- endfor %}" +
    "{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{%- if mode == '/no_think' %}{{ '<think>\n\n</think>\n' }}{%- endif %}{%- endif %}",
  /** Contents are lists of parts, as for models that see. */
  parts:
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}{% if message['content'][0]['type'] == 'image' %}{{ ':' }}{% else %}{{ ': ' }}{% endif %}" +
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{ line['text'] }}{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}",
  firstPart:
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'][0].text + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
  /** A system message as text, the others as lists. */
  mixed:
    "{% for message in messages %}{% if message.role == 'system' %}{{ '<|im_start|>system\n' + message.content + '<|im_end|>\n' }}{% else %}{{ '<|im_start|>' + message.role + '\n' }}{% for part in message.content %}{{ part.text }}{% endfor %}{{ '<|im_end|>\n' }}{% endif %}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
  truncates: "{% for message in messages %}{{ message['role'] + ': ' + message['content'][:12] + '\n' }}{% endfor %}",
} as const;
