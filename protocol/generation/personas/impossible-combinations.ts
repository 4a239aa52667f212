import type { ImpossibleCombination } from '../../../schemas/personas.ts'

/**
 * Combinations that no person has, whatever a table says; each counts only where the attribute is known and has one of these
 * values. Marriage from 18 on: Civil Code of Japan, article 731; physicians: six years of study after the age of 18.
 */
export const IMPOSSIBLE: readonly ImpossibleCombination[] = [
  {
    name: 'married, widowed or divorced under 18',
    never: [
      { attribute: 'age', below: 18 },
      {
        attribute: 'marital_status',
        in: ['married', 'widowed', 'divorced', '有配偶', '既婚', '死別', '離別', '離婚', '死別・離別'],
      },
    ],
  },
  {
    name: 'physician under 24',
    never: [
      { attribute: 'age', below: 24 },
      { attribute: 'occupation', in: ['doctor', 'physician', '医師', '歯科医師', '獣医師'] },
    ],
  },
  {
    name: 'graduate of a university under 20',
    never: [
      { attribute: 'age', below: 20 },
      { attribute: 'education', in: ['university', 'graduate school', '大学', '大学院', '大学卒', '大学院修了'] },
    ],
  },
  {
    name: 'in an occupation under 13',
    never: [
      { attribute: 'age', below: 13 },
      { attribute: 'labour_status', in: ['employed', '就業者', '雇用者', '主に仕事'] },
    ],
  },
]
