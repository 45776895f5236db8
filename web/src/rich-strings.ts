/** Words of the drawings, per language; they load with the code that draws (rich.ts). */

export interface RichTexts {
  worstCase: string
  typical: string
  works: string
  worksNot: string
  unknown: string
  joint: (number: number) => string
  fits: string
  fails: string
  asks: string
  end: (letter: string, name: string) => string
  pins: string
  holes: string
  keys: Record<string, string>
  transmit: string
  receive: string
  wrong: string
  notFollowed: string
  inWords: string
}

export const richTexts: Record<string, RichTexts> = {
  en: {
    worstCase: 'Worst case',
    typical: 'Typical',
    works: 'Works',
    worksNot: 'Does not work',
    unknown: 'Not known yet',
    joint: (number) => `Joint ${number}`,
    fits: '✓ fits',
    fails: '✗ fails',
    asks: '? not known',
    end: (letter, name) => `End ${letter}: ${name}`,
    pins: 'pins',
    holes: 'holes',
    keys: { aligned: 'key up to key up', opposed: 'key up to key down', '?': 'key not known' },
    transmit: 'Transmit of end A',
    receive: 'Receive',
    wrong: 'Goes wrong',
    notFollowed: 'The fibers are not followed: plugs do not fit, or a part’s fiber map is not known.',
    inWords: 'The drawing in words',
  },
  es: {
    worstCase: 'Peor caso',
    typical: 'Habitual',
    works: 'Funciona',
    worksNot: 'No funciona',
    unknown: 'Aún no se sabe',
    joint: (number) => `Unión ${number}`,
    fits: '✓ encaja',
    fails: '✗ falla',
    asks: '? no se sabe',
    end: (letter, name) => `Extremo ${letter}: ${name}`,
    pins: 'pines',
    holes: 'orificios',
    keys: { aligned: 'llave arriba con llave arriba', opposed: 'llave arriba con llave abajo', '?': 'llave desconocida' },
    transmit: 'Transmisión del extremo A',
    receive: 'Recepción',
    wrong: 'Llega mal',
    notFollowed: 'No se siguen las fibras: los conectores no encajan o falta el mapa de fibras de una pieza.',
    inWords: 'El dibujo en palabras',
  },
}
