/**
 * Every word of the widget itself, per language. What the bot says comes from the server.
 *
 * The launcher's words stand apart because they load with the page, the rest on opening.
 * A new language is one more entry in both tables; the compiler and a test name what is missing.
 */

interface LauncherTexts {
  title: string
  open: string
  openWithUnread: (unread: number) => string
  close: string
  nudge: string
  dismiss: string
  loadFailed: string
}

export interface PanelTexts {
  title: string
  bot: string
  you: string
  online: string
  connecting: string
  reconnecting: string
  offline: string
  withPerson: (name: string) => string
  close: string
  menu: string
  conversation: string
  opening: string
  starters: { title: string; message: string }[]
  person: string
  personIntro: string
  personCall: string
  personWrite: string
  personAsk: string
  placeholder: string
  message: string
  send: string
  tooLong: (over: number) => string
  left: (left: number) => string
  typing: string
  sending: string
  waiting: string
  retry: string
  newMessages: (count: number) => string
  toLatest: string
  consent: string
  privacy: string
  offlineBanner: string
  reconnectingBanner: string
  unreachable: string
  expired: string
  restarted: string
  failed: string
  download: string
  transcriptOf: (title: string) => string
  rate: string
  restart: string
  restartAsk: string
  restartExplain: string
  cancel: string
  goodAnswer: string
  badAnswer: string
  thanksForThumb: string
  rateAsk: string
  stars: (count: number) => string
  rateComment: string
  rateSend: string
  rateThanks: string
  notNow: string
  inStock: string
  notInStock: string
  quote: string
  showMore: (count: number) => string
  better: string
  budgetPasses: string
  budgetFails: string
  budgetSpare: (total: string, limit: string, spare: string) => string
  budgetOver: (total: string, limit: string, over: string) => string
  budgetLimit: (limit: string) => string
  name: string
  reach: string
  reachHint: string
  company: string
  note: string
  optional: string
  formSend: string
  formSending: string
  formSent: string
  formOffline: string
  formMistakes: (count: number) => string
  nameMissing: string
  reachMissing: string
  reachWrong: string
  reachDigits: string
  reachAt: string
  consentMissing: string
  tooLongField: string
  newTab: string
}

export const launcherTexts: Record<string, LauncherTexts> = {
  en: {
    title: 'Fiber assistant',
    open: 'Open chat',
    openWithUnread: (unread) =>
      `Open chat, ${unread} unread ${unread === 1 ? 'message' : 'messages'}`,
    close: 'Close chat',
    nudge: 'Questions about fiber connectors? Ask here: answers come at once.',
    dismiss: 'Dismiss',
    loadFailed: 'The chat cannot be reached right now. Please try again in a moment.',
  },
  es: {
    title: 'Asistente de fibra',
    open: 'Abrir el chat',
    openWithUnread: (unread) =>
      `Abrir el chat, ${unread} ${unread === 1 ? 'mensaje' : 'mensajes'} sin leer`,
    close: 'Cerrar el chat',
    nudge: '¿Preguntas sobre conectores de fibra? Escriba aquí: respondemos al instante.',
    dismiss: 'Descartar',
    loadFailed: 'No se puede acceder al chat en este momento. Inténtelo de nuevo en breve.',
  },
}

export const panelTexts: Record<string, PanelTexts> = {
  en: {
    title: 'Fiber assistant',
    bot: 'Bot',
    you: 'You',
    online: 'Answers at once',
    connecting: 'Connecting…',
    reconnecting: 'Reconnecting…',
    offline: 'Offline',
    withPerson: (name) => `You are talking with ${name}`,
    close: 'Close chat',
    menu: 'More options',
    conversation: 'Conversation',
    opening:
      'Hello! I’m a bot that knows fiber connectors. Ask me anything about MTP and MPO, or let me find the right part for your network.',
    starters: [
      { title: 'MTP or MPO?', message: 'What is the difference between MTP and MPO?' },
      { title: 'Recommend one for me', message: 'Which connector should I choose?' },
      { title: 'Find a product', message: 'I am looking for a product' },
      { title: 'Talk to a person', message: 'Talk to a person' },
    ],
    person: 'Talk to a person',
    personIntro: 'Our sales team is glad to help you directly.',
    personCall: 'Call',
    personWrite: 'E-mail',
    personAsk: 'Ask for a person in this chat',
    placeholder: 'Type your question…',
    message: 'Your message',
    send: 'Send',
    tooLong: (over) => `${over} characters too long`,
    left: (left) => `${left} characters left`,
    typing: 'The assistant is typing',
    sending: 'Sending…',
    waiting: 'Waiting for the connection',
    retry: 'Try again',
    newMessages: (count) => (count === 1 ? '1 new message' : `${count} new messages`),
    toLatest: 'Jump to the latest message',
    consent: 'We keep this chat to answer you. A bot replies first.',
    privacy: 'Privacy',
    offlineBanner: 'You are offline. What you write is kept and sent when you are back.',
    reconnectingBanner: 'Reconnecting… What you write is kept and sent as soon as it works.',
    unreachable: 'The chat cannot be reached. What you write is kept. You can also reach us here:',
    expired: 'Your earlier conversation has ended. This is a new one.',
    restarted: 'New conversation',
    failed: 'That did not work. Please try again.',
    download: 'Download transcript',
    transcriptOf: (title) => `Conversation with ${title}`,
    rate: 'Rate this chat',
    restart: 'Start over',
    restartAsk: 'Start a new conversation?',
    restartExplain: 'This one will be cleared here. You can download it first from the menu.',
    cancel: 'Cancel',
    goodAnswer: 'Helpful answer',
    badAnswer: 'Not a helpful answer',
    thanksForThumb: 'Thank you',
    rateAsk: 'How was this chat?',
    stars: (count) => (count === 1 ? '1 star of 5' : `${count} stars of 5`),
    rateComment: 'Anything to add? (optional)',
    rateSend: 'Send rating',
    rateThanks: 'Thank you for your rating.',
    notNow: 'Not now',
    inStock: 'In stock',
    notInStock: 'Not in stock',
    quote: 'Get a quote',
    showMore: (count) => `Show ${count} more`,
    better: 'better',
    budgetPasses: 'Within budget',
    budgetFails: 'Over budget',
    budgetSpare: (total, limit, spare) => `${total} dB of ${limit} dB used, ${spare} dB to spare.`,
    budgetOver: (total, limit, over) => `${total} dB against a limit of ${limit} dB: ${over} dB too much.`,
    budgetLimit: (limit) => `Limit ${limit} dB`,
    name: 'Name',
    reach: 'E-mail or phone',
    reachHint: 'So that a person can reply to you.',
    company: 'Company',
    note: 'What do you need?',
    optional: 'optional',
    formSend: 'Send to sales',
    formSending: 'Sending…',
    formSent: 'Sent. Thank you, a person will get back to you.',
    formOffline: 'Not sent: there is no connection. Your entries are kept; please send again.',
    formMistakes: (count) =>
      count === 1 ? 'One entry needs another look.' : `${count} entries need another look.`,
    nameMissing: 'Please enter your name.',
    reachMissing: 'Please enter an e-mail address or a phone number.',
    reachWrong: 'This address is not complete. It should look like name@company.com.',
    reachDigits: 'This number has too few digits; include the area code.',
    reachAt: 'An e-mail address needs an @, a phone number its area code.',
    consentMissing: 'Please tick this so that we may contact you.',
    tooLongField: 'This is too long.',
    newTab: '(opens in a new tab)',
  },
  es: {
    title: 'Asistente de fibra',
    bot: 'Bot',
    you: 'Usted',
    online: 'Responde al instante',
    connecting: 'Conectando…',
    reconnecting: 'Reconectando…',
    offline: 'Sin conexión',
    withPerson: (name) => `Está hablando con ${name}`,
    close: 'Cerrar el chat',
    menu: 'Más opciones',
    conversation: 'Conversación',
    opening:
      '¡Hola! Soy un bot que conoce los conectores de fibra. Pregúnteme sobre MTP y MPO o deje que busque la pieza adecuada para su red. Por ahora respondo en inglés.',
    starters: [
      { title: '¿MTP o MPO?', message: 'What is the difference between MTP and MPO?' },
      { title: 'Recomiéndeme uno', message: 'Which connector should I choose?' },
      { title: 'Buscar un producto', message: 'I am looking for a product' },
      { title: 'Hablar con una persona', message: 'Talk to a person' },
    ],
    person: 'Hablar con una persona',
    personIntro: 'Nuestro equipo de ventas le atiende con gusto.',
    personCall: 'Llamar',
    personWrite: 'Correo',
    personAsk: 'Pedir una persona en este chat',
    placeholder: 'Escriba su pregunta…',
    message: 'Su mensaje',
    send: 'Enviar',
    tooLong: (over) => `Sobran ${over} caracteres`,
    left: (left) => `Quedan ${left} caracteres`,
    typing: 'El asistente está escribiendo',
    sending: 'Enviando…',
    waiting: 'Esperando la conexión',
    retry: 'Reintentar',
    newMessages: (count) => (count === 1 ? '1 mensaje nuevo' : `${count} mensajes nuevos`),
    toLatest: 'Ir al último mensaje',
    consent: 'Guardamos este chat para responderle. Primero contesta un bot.',
    privacy: 'Privacidad',
    offlineBanner: 'No hay conexión. Lo que escriba se guarda y se envía cuando vuelva.',
    reconnectingBanner: 'Reconectando… Lo que escriba se guarda y se envía en cuanto se pueda.',
    unreachable: 'No se puede acceder al chat. Lo que escriba se guarda. También puede contactarnos:',
    expired: 'Su conversación anterior ha terminado. Esta es nueva.',
    restarted: 'Conversación nueva',
    failed: 'No ha funcionado. Inténtelo de nuevo.',
    download: 'Descargar la conversación',
    transcriptOf: (title) => `Conversación con ${title}`,
    rate: 'Valorar este chat',
    restart: 'Empezar de nuevo',
    restartAsk: '¿Empezar una conversación nueva?',
    restartExplain: 'Esta se borrará aquí. Antes puede descargarla desde el menú.',
    cancel: 'Cancelar',
    goodAnswer: 'Respuesta útil',
    badAnswer: 'Respuesta poco útil',
    thanksForThumb: 'Gracias',
    rateAsk: '¿Qué le ha parecido este chat?',
    stars: (count) => (count === 1 ? '1 estrella de 5' : `${count} estrellas de 5`),
    rateComment: '¿Algo que añadir? (opcional)',
    rateSend: 'Enviar valoración',
    rateThanks: 'Gracias por su valoración.',
    notNow: 'Ahora no',
    inStock: 'En existencias',
    notInStock: 'Sin existencias',
    quote: 'Pedir presupuesto',
    showMore: (count) => `Mostrar ${count} más`,
    better: 'mejor',
    budgetPasses: 'Dentro del límite',
    budgetFails: 'Supera el límite',
    budgetSpare: (total, limit, spare) => `${total} dB de ${limit} dB, quedan ${spare} dB.`,
    budgetOver: (total, limit, over) => `${total} dB con un límite de ${limit} dB: sobran ${over} dB.`,
    budgetLimit: (limit) => `Límite ${limit} dB`,
    name: 'Nombre',
    reach: 'Correo o teléfono',
    reachHint: 'Para que una persona pueda responderle.',
    company: 'Empresa',
    note: '¿Qué necesita?',
    optional: 'opcional',
    formSend: 'Enviar a ventas',
    formSending: 'Enviando…',
    formSent: 'Enviado. Gracias, una persona se pondrá en contacto con usted.',
    formOffline: 'No se ha enviado: no hay conexión. Sus datos se guardan; envíelos de nuevo.',
    formMistakes: (count) =>
      count === 1 ? 'Hay un dato por revisar.' : `Hay ${count} datos por revisar.`,
    nameMissing: 'Escriba su nombre.',
    reachMissing: 'Escriba un correo o un teléfono.',
    reachWrong: 'Esta dirección no está completa. Ejemplo: nombre@empresa.com.',
    reachDigits: 'Faltan cifras; incluya el prefijo.',
    reachAt: 'Un correo necesita una @, un teléfono su prefijo.',
    consentMissing: 'Márquelo para que podamos contactarle.',
    tooLongField: 'Es demasiado largo.',
    newTab: '(se abre en otra pestaña)',
  },
}

const RIGHT_TO_LEFT = /^(ar|fa|he|ur)\b/

/** The entry for a tag such as `es-MX`, else English. */
export function textsFor<T>(table: Record<string, T>, lang: string): T {
  return (table[languageOf(table, lang)] ?? table.en) as T
}

/** The language that the texts really are in, for `lang`: `es` for `es-MX`, `en` for `xx`. */
export function languageOf(table: Record<string, unknown>, lang: string): string {
  const short = lang.toLowerCase().split('-')[0] ?? ''
  return Object.hasOwn(table, short) ? short : 'en'
}

/** Which way the language runs. */
export function directionOf(lang: string): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.test(lang) ? 'rtl' : 'ltr'
}
